// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that a load balancer needs to know of one port of a service. Both lists of endpoints
 * are sorted by address, hold each address once, and hold only families in which clients can reach
 * the service. What may be chosen is decided in each family by itself.
 *
 * @param service the service's name
 * @param port the port that clients dial, with its transport and its node port
 * @param clusterIps at most one of each family; empty if only the node port leads here
 * @param clientAffinity how long a client stays with its endpoint after its last new connection;
 *     empty if each connection is on its own
 * @param selectable the endpoints that a new connection may be given; if there is none, nobody
 *     serves
 * @param unselectable the endpoints that exist and get no new connection; established ones live on
 */
public record ServiceFrontend(
    ObjectName service,
    ServicePort port,
    List<InetAddress> clusterIps,
    Optional<Duration> clientAffinity,
    List<Endpoint> selectable,
    List<Endpoint> unselectable) {
  /** Copies the lists. */
  public ServiceFrontend {
    clusterIps = List.copyOf(clusterIps);
    selectable = List.copyOf(selectable);
    unselectable = List.copyOf(unselectable);
  }

  /**
   * The families in which clients can reach it: those of its cluster IPs, and both by the node port
   * alone.
   */
  public Set<IpFamily> families() {
    return familiesOf(clusterIps);
  }

  /** The cluster IP of {@code family}; empty if it has none. */
  public Optional<InetAddress> clusterIp(IpFamily family) {
    return clusterIps.stream().filter(ip -> IpFamily.of(ip) == family).findFirst();
  }

  /** The endpoints of {@code family} that a new connection may be given. */
  public List<Endpoint> selectable(IpFamily family) {
    return ofFamily(selectable, family);
  }

  /** The endpoints of {@code family} that exist and get no new connection. */
  public List<Endpoint> unselectable(IpFamily family) {
    return ofFamily(unselectable, family);
  }

  static Set<IpFamily> familiesOf(List<InetAddress> clusterIps) {
    if (clusterIps.isEmpty()) {
      return EnumSet.allOf(IpFamily.class);
    }
    Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
    clusterIps.forEach(ip -> families.add(IpFamily.of(ip)));
    return families;
  }

  private static List<Endpoint> ofFamily(List<Endpoint> endpoints, IpFamily family) {
    return endpoints.stream().filter(endpoint -> endpoint.family() == family).toList();
  }
}
