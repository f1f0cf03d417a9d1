// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A Kubernetes Service, reduced to what layer 4 needs.
 *
 * @param name namespace and name
 * @param clusterIps the service IPs, the primary family first; empty for a headless service and for
 *     one that is only another name
 * @param ports in the order of the object
 * @param clientAffinity how long a client stays with its endpoint after its last new connection;
 *     empty if each connection is on its own
 * @param publishesNotReady whether endpoints get new connections whatever their state
 */
public record Service(
    ObjectName name,
    List<InetAddress> clusterIps,
    List<ServicePort> ports,
    Optional<Duration> clientAffinity,
    boolean publishesNotReady) {
  /** How long a client stays with its endpoint if the service doesn't say: three hours. */
  public static final Duration DEFAULT_CLIENT_AFFINITY = Duration.ofHours(3);

  /** The longest time that a service may say: one day. The shortest is one second. */
  public static final Duration LONGEST_CLIENT_AFFINITY = Duration.ofDays(1);

  /**
   * Copies both lists.
   *
   * @throws IllegalArgumentException if {@code clientAffinity} is outside 1 to 86400 seconds
   */
  public Service {
    clusterIps = clusterIps.stream().map(IpLiteral::unmapped).toList();
    ports = List.copyOf(ports);
    clientAffinity.ifPresent(Service::requireAffinity);
  }

  /** A service without affinity, whose endpoints get connections only when they are ready. */
  public Service(ObjectName name, List<InetAddress> clusterIps, List<ServicePort> ports) {
    this(name, clusterIps, ports, Optional.empty(), false);
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

  private static void requireAffinity(Duration time) {
    if (time.compareTo(Duration.ofSeconds(1)) < 0 || time.compareTo(LONGEST_CLIENT_AFFINITY) > 0) {
      throw new IllegalArgumentException(
          "client affinity "
              + time
              + " is out of range; expected 1 to "
              + LONGEST_CLIENT_AFFINITY.toSeconds()
              + " seconds");
    }
  }
}
