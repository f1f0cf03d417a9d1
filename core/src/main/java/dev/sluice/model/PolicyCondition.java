// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.List;
import java.util.Set;

/**
 * A {@code when} entry: the attribute has one of the values and none of the others. An empty list
 * of values asks for nothing, an empty list of other values excludes nothing.
 */
public sealed interface PolicyCondition {
  /** {@code source.ip}: the client's address. */
  record SourceIp(List<IpBlock> values, List<IpBlock> notValues) implements PolicyCondition {
    /** Copies both lists. */
    public SourceIp {
      values = List.copyOf(values);
      notValues = List.copyOf(notValues);
    }
  }

  /** {@code destination.ip}: the service IP that the client dialled. */
  record DestinationIp(List<IpBlock> values, List<IpBlock> notValues) implements PolicyCondition {
    /** Copies both lists. */
    public DestinationIp {
      values = List.copyOf(values);
      notValues = List.copyOf(notValues);
    }
  }

  /** {@code destination.port}: the service port that the client dialled. */
  record DestinationPort(Set<Integer> values, Set<Integer> notValues) implements PolicyCondition {
    /** Copies both sets. */
    public DestinationPort {
      values = Set.copyOf(values);
      notValues = Set.copyOf(notValues);
    }
  }
}
