// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.BackendSet.Frontend;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Services for the load balancer: one that is dialled, among others that aren't. Pure. */
final class ServiceTables {
  /** The one that is dialled. */
  static final InetSocketAddress SERVICE = address("10.96.0.10", 80);

  private static final int BACKENDS_EACH = 5;

  private ServiceTables() {}

  /** {@code count} services; the one that is dialled has {@code backend} alone. */
  static LoadBalancer.Change of(int count, InetSocketAddress backend) {
    return of(count, backend, BACKENDS_EACH);
  }

  /** The same with another number of backends for each of the others, at most 65,535 services. */
  static LoadBalancer.Change of(int count, InetSocketAddress backend, int backendsEach) {
    List<BackendSet> sets = new ArrayList<>(count);
    sets.add(set("bench/dialled", SERVICE, List.of(backend)));
    for (int i = 1; i < count; i++) {
      String low = (i >> 8) + "." + (i & 0xff);
      List<InetSocketAddress> backends = new ArrayList<>(backendsEach);
      for (int number = 1; number <= backendsEach; number++) {
        backends.add(address("10." + number + "." + low, 8080));
      }
      sets.add(set("bench/" + i, address("10.97." + low, 80), backends));
    }
    return new LoadBalancer.Change(sets, Scope.ALL, 0, List.of());
  }

  private static BackendSet set(
      String name, InetSocketAddress frontend, List<InetSocketAddress> backends) {
    return new BackendSet(
        name,
        new Frontend(
            false, TransportProtocol.TCP, List.of(frontend.getAddress()), frontend.getPort(), 0),
        0,
        backends,
        List.of());
  }

  private static InetSocketAddress address(String ip, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }
}
