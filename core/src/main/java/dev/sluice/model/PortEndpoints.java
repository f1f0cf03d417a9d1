// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.List;

/**
 * Endpoints of one port of a service, as one source knows them. Several of these for one port are
 * joined.
 *
 * @param service the service
 * @param portName the name of its port; empty for a port without a name
 * @param protocol the port's transport, which must be the service's: Kubernetes tells ports apart
 *     by name and transport
 * @param endpoints in any order, of both families
 */
public record PortEndpoints(
    ObjectName service, String portName, TransportProtocol protocol, List<Endpoint> endpoints) {
  /** Copies the list. */
  public PortEndpoints {
    endpoints = List.copyOf(endpoints);
  }
}
