// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * A Kubernetes Service, reduced to what layer 4 needs.
 *
 * @param name namespace and name
 * @param clusterIps the service IPs, the primary family first; empty for a headless service
 * @param ports in the order of the object
 */
public record Service(ObjectName name, List<InetAddress> clusterIps, List<ServicePort> ports) {
  /** Copies both lists. */
  public Service {
    clusterIps = clusterIps.stream().map(IpLiteral::unmapped).toList();
    ports = List.copyOf(ports);
  }

  /** The TCP port with this number; empty if the service has none, or only a UDP or SCTP one. */
  public Optional<ServicePort> tcpPort(int port) {
    for (ServicePort candidate : ports) {
      if (candidate.port() == port && candidate.protocol() == TransportProtocol.TCP) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
