// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.Comparator;

/** The name of a namespaced Kubernetes object of a known kind. Sorts by namespace, then name. */
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
  private static final Comparator<ObjectName> ORDER =
      Comparator.comparing(ObjectName::namespace).thenComparing(ObjectName::name);

  @Override
  public int compareTo(ObjectName other) {
    return ORDER.compare(this, other);
  }

  /** {@code namespace/name}, as logs write it. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
