// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.Set;

/**
 * A {@code to.operation}: the service port is one of {@code ports} and none of {@code notPorts}.
 *
 * @param ports empty for any port
 * @param notPorts empty for no exception
 */
public record OperationMatch(Set<Integer> ports, Set<Integer> notPorts) {
  /** Copies both sets. */
  public OperationMatch {
    ports = Set.copyOf(ports);
    notPorts = Set.copyOf(notPorts);
  }
}
