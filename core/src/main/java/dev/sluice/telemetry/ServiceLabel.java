// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import org.jspecify.annotations.Nullable;

/** A service, as labels of metrics and fields of logs name it. */
public record ServiceLabel(String name, String namespace) {
  /** For what is no service that is known. */
  public static final ServiceLabel UNKNOWN = new ServiceLabel("unknown", "unknown");

  /** For all services beyond those that have metrics of their own. */
  public static final ServiceLabel OTHERS = new ServiceLabel("others", "others");

  /** Written out, as {@link #hashCode} is, for the reason that {@code ObjectName} gives. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ServiceLabel that
        && name.equals(that.name)
        && namespace.equals(that.namespace);
  }

  @Override
  public int hashCode() {
    return 31 * namespace.hashCode() + name.hashCode();
  }

  /** As DNS names it, or {@code unknown}. */
  String host() {
    return equals(UNKNOWN) || equals(OTHERS) ? name : name + "." + namespace + ".svc.cluster.local";
  }
}
