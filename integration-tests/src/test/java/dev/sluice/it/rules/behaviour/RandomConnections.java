// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.Family;
import dev.sluice.rules.explain.Connection;
import dev.sluice.rules.explain.Origin;
import dev.sluice.rules.explain.Protocol;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;

/** Connections by chance, from clients to targets between which packets have a way. */
final class RandomConnections {
  private static final List<Site> OUTSIDE =
      List.of(
          Site.SERVICE,
          Site.FAR_SERVICE,
          Site.NAME_SERVER,
          Site.OTHER_NAME_SERVER,
          Site.NEIGHBOUR,
          Site.MACHINE);
  private static final List<Long> IDS = List.of(0L, 1000L, 1000L, 1000L, 1337L, 2000L, 3000L);
  private static final int EXEMPT = 0x1000;
  private static final List<Integer> TCP_PORTS =
      List.of(53, 80, 443, 8005, 8080, 9090, 15008, 15021);
  private static final List<Integer> UDP_PORTS = List.of(53, 53, 53, 443);

  private final Random random;

  RandomConnections(Random random) {
    this.random = random;
  }

  Connection next(Family family) {
    boolean udp = random.nextInt(8) == 0;
    int port = pick(udp ? UDP_PORTS : TCP_PORTS);
    return switch (random.nextInt(5)) {
      case 0, 1 -> arriving(family, udp ? Protocol.UDP : Protocol.TCP, port);
      case 2, 3 -> leaving(family, udp ? Protocol.UDP : Protocol.TCP, port);
      default -> within(family, port);
    };
  }

  private Connection arriving(Family family, Protocol protocol, int port) {
    boolean machine = random.nextInt(3) == 0;
    Site from = machine ? Site.MACHINE : Site.NEIGHBOUR;
    Site to =
        machine
            ? pick(List.of(Site.POD_ETH1, Site.SERVICE, Site.FAR_SERVICE))
            : pick(List.of(Site.POD, Site.POD, Site.POD, Site.MACHINE));
    return connection(
        family, protocol, from, to, port, new Origin.Arriving(machine ? "eth1" : "eth0"));
  }

  private Connection leaving(Family family, Protocol protocol, int port) {
    Site to = pick(OUTSIDE);
    Site from = to == Site.MACHINE ? Site.POD_ETH1 : Site.POD;
    return connection(
        family, protocol, from, to, port, owner(random.nextInt(10) == 0 ? EXEMPT : 0));
  }

  private Connection within(Family family, int port) {
    Site to = pick(List.of(Site.POD, Site.LOOPBACK));
    return switch (random.nextInt(4)) {
      case 0 -> connection(family, Protocol.TCP, Site.PASS_THROUGH, Site.POD, port, owner(0));
      case 1 -> connection(family, Protocol.TCP, Site.NEIGHBOUR, to, port, owner(1337));
      default -> connection(family, Protocol.TCP, to, to, port, owner(0));
    };
  }

  private Origin owner(int mark) {
    return new Origin.Local(pick(IDS), pick(IDS), mark);
  }

  private static Connection connection(
      Family family, Protocol protocol, Site from, Site to, int port, Origin origin) {
    return new Connection(
        protocol,
        new InetSocketAddress(from.address(family), ClientPorts.next()),
        new InetSocketAddress(to.address(family), port),
        origin);
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
