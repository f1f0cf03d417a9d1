// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.model.Endpoint;
import dev.sluice.model.IpFamily;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ServiceFrontend;
import dev.sluice.model.TransportProtocol;
import dev.sluice.policy.DataPath;
import dev.sluice.policy.DataPathPlanner;
import dev.sluice.socketlb.BackendSet.Frontend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** From services to backend sets: one for each port and family. Pure. */
public final class BackendSets {
  private BackendSets() {}

  /** With sockets marked that need no proxy. */
  public static List<BackendSet> of(MeshSnapshot snapshot) {
    return of(snapshot, true);
  }

  /**
   * Those of every port that a socket can dial; SCTP has none.
   *
   * @param exempting whether sockets that need no proxy are marked
   */
  public static List<BackendSet> of(MeshSnapshot snapshot, boolean exempting) {
    List<BackendSet> sets = new ArrayList<>();
    for (ServiceFrontend frontend : snapshot.frontends()) {
      if (frontend.port().protocol() == TransportProtocol.SCTP) {
        continue;
      }
      for (IpFamily family : IpFamily.values()) {
        if (frontend.families().contains(family)) {
          sets.add(
              set(frontend, family, DataPathPlanner.plan(frontend, family, snapshot, exempting)));
        }
      }
    }
    return sets;
  }

  private static BackendSet set(ServiceFrontend frontend, IpFamily family, DataPath path) {
    List<InetAddress> addresses = frontend.clusterIp(family).map(List::of).orElse(List.of());
    boolean ipv6 = family == IpFamily.IPV6;
    return new BackendSet(
        name(frontend, ipv6),
        new Frontend(
            ipv6,
            frontend.port().protocol(),
            addresses,
            frontend.port().port(),
            frontend.port().nodePort().orElse(0)),
        frontend.clientAffinity().map(affinity -> Math.toIntExact(affinity.toSeconds())).orElse(0),
        addresses(frontend.selectable(family)),
        addresses(frontend.unselectable(family)),
        path);
  }

  private static String name(ServiceFrontend frontend, boolean ipv6) {
    return frontend.service()
        + ":"
        + frontend.port().port()
        + "/"
        + frontend.port().protocol()
        + "/"
        + (ipv6 ? "IPv6" : "IPv4");
  }

  private static List<InetSocketAddress> addresses(List<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::address).toList();
  }
}
