// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import org.jspecify.annotations.Nullable;

/**
 * The name of a namespaced Kubernetes object of a known kind. Sorts by namespace, then name.
 *
 * <p>Compared without what the compiler or a {@link java.util.Comparator} would do for it: every
 * proxy does so when it starts, and the JDK would make classes for it at run time
 * (docs/footprint.md).
 */
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
  @Override
  public int compareTo(ObjectName other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ObjectName that
        && name.equals(that.name)
        && namespace.equals(that.namespace);
  }

  @Override
  public int hashCode() {
    return 31 * namespace.hashCode() + name.hashCode();
  }

  /** {@code namespace/name}, as logs write it. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
