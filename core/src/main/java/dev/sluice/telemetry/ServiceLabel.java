// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

/** A service, as labels of metrics and fields of logs name it. */
public record ServiceLabel(String name, String namespace) {
  /** For what is no service that is known. */
  public static final ServiceLabel UNKNOWN = new ServiceLabel("unknown", "unknown");

  /** For all services beyond those that have metrics of their own. */
  public static final ServiceLabel OTHERS = new ServiceLabel("others", "others");

  /** As DNS names it, or {@code unknown}. */
  String host() {
    return equals(UNKNOWN) || equals(OTHERS) ? name : name + "." + namespace + ".svc.cluster.local";
  }
}
