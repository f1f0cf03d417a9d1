// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.Family;
import dev.sluice.rules.explain.Connection;
import dev.sluice.rules.explain.Origin;
import dev.sluice.rules.explain.Protocol;
import java.net.InetSocketAddress;

/** The connections of the behaviour table; each is made with IPv4 and with IPv6. */
enum Dial {
  /** The application calls a service. */
  WEB(Who.APPLICATION, Site.POD, Site.SERVICE, 80),
  TLS(Who.APPLICATION, Site.POD, Site.SERVICE, 443),
  RANGE(Who.APPLICATION, Site.POD, Site.SERVICE, 8005),
  FAR(Who.APPLICATION, Site.POD, Site.FAR_SERVICE, 80),
  FAR_TLS(Who.APPLICATION, Site.POD, Site.FAR_SERVICE, 443),
  /** The same by a socket of another group, or by a sidecar with a user of its own. */
  GROUP_WEB(Who.OTHER_GROUP, Site.POD, Site.SERVICE, 80),
  AGENT_WEB(Who.AGENT, Site.POD, Site.SERVICE, 80),
  /** By a socket that the load balancer marked, and by one with a mark that only looks like it. */
  EXEMPT_WEB(Who.EXEMPT, Site.POD, Site.SERVICE, 80),
  EXEMPT_TLS(Who.EXEMPT, Site.POD, Site.SERVICE, 443),
  EXEMPT_FAR(Who.EXEMPT, Site.POD, Site.FAR_SERVICE, 80),
  EXEMPT_AGENT_WEB(Who.EXEMPT_AGENT, Site.POD, Site.SERVICE, 80),
  EXEMPT_OWN_OTHER_LOOPBACK(Who.EXEMPT, Site.LOOPBACK, Site.OTHER_LOOPBACK, 8080),
  NEARLY_EXEMPT_WEB(Who.NEARLY_EXEMPT, Site.POD, Site.SERVICE, 80),
  /** It leaves through eth1. */
  ETH1_WEB(Who.APPLICATION, Site.POD_ETH1, Site.MACHINE, 80),
  /** No program captures UDP but DNS. */
  DATAGRAM(Who.APPLICATION, Site.POD, Site.SERVICE, 443, Protocol.UDP),
  /** The application calls itself, or its neighbour in the pod. */
  OWN_ADDRESS(Who.APPLICATION, Site.POD, Site.POD, 8080),
  GROUP_OWN_ADDRESS(Who.OTHER_GROUP, Site.POD, Site.POD, 8080),
  OWN_LOOPBACK(Who.APPLICATION, Site.LOOPBACK, Site.LOOPBACK, 8080),
  OWN_OTHER_LOOPBACK(Who.APPLICATION, Site.LOOPBACK, Site.OTHER_LOOPBACK, 8080),
  /** The proxy's own connections. */
  PROXY_WEB(Who.PROXY, Site.POD, Site.SERVICE, 80),
  PROXY_GROUP_WEB(Who.PROXY_GROUP, Site.POD, Site.SERVICE, 80),
  PROXY_USER_WEB(Who.PROXY_USER, Site.POD, Site.SERVICE, 80),
  PROXY_GROUP_TLS(Who.PROXY_GROUP, Site.POD, Site.SERVICE, 443),
  PROXY_USER_TLS(Who.PROXY_USER, Site.POD, Site.SERVICE, 443),
  PROXY_GROUP_FAR(Who.PROXY_GROUP, Site.POD, Site.FAR_SERVICE, 80),
  PROXY_USER_FAR(Who.PROXY_USER, Site.POD, Site.FAR_SERVICE, 80),
  PROXY_OWN_ADDRESS(Who.PROXY, Site.POD, Site.POD, 8080),
  PROXY_USER_OWN_ADDRESS(Who.PROXY_USER, Site.POD, Site.POD, 8080),
  PROXY_GROUP_OWN_ADDRESS(Who.PROXY_GROUP, Site.POD, Site.POD, 8080),
  PROXY_OWN_TUNNEL(Who.PROXY, Site.POD, Site.POD, 15008),
  PROXY_OWN_OTHER_TUNNEL(Who.PROXY, Site.POD, Site.POD, 25008),
  PROXY_OTHER_LOOPBACK(Who.PROXY, Site.LOOPBACK, Site.OTHER_LOOPBACK, 8080),
  PROXY_LOOPBACK(Who.PROXY, Site.LOOPBACK, Site.LOOPBACK, 8080),
  AGENT_OWN_ADDRESS(Who.AGENT, Site.POD, Site.POD, 8080),
  /** The proxy hands an arrived connection to the application. */
  PASS_THROUGH(Who.PROXY, Site.PASS_THROUGH, Site.POD, 8080),
  AS_CLIENT(Who.TRANSPARENT_PROXY, Site.NEIGHBOUR, Site.POD, 8080),
  USER_AS_CLIENT(Who.TRANSPARENT_USER, Site.NEIGHBOUR, Site.POD, 8080),
  AS_CLIENT_TO_LOOPBACK(Who.TRANSPARENT_PROXY, Site.NEIGHBOUR, Site.LOOPBACK, 8080),
  /** The same by a proxy that runs on the node, known by the mark of its sockets alone. */
  NODE_WEB(Who.NODE_PROXY, Site.POD, Site.SERVICE, 80),
  NODE_AS_CLIENT(Who.NODE_PROXY, Site.NEIGHBOUR, Site.POD, 8080),
  NODE_LOOKUP(Who.NODE_PROXY, Site.POD, Site.NAME_SERVER, 53, Protocol.UDP),
  NODE_LOOKUP_TCP(Who.NODE_PROXY, Site.POD, Site.NAME_SERVER, 53),
  /** A client calls the application. */
  ARRIVING(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 8080),
  ARRIVING_OTHER(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 9090),
  ARRIVING_RANGE(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 8005),
  ARRIVING_PROBE(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 15021),
  ARRIVING_METRICS(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 15090),
  ARRIVING_MERGED(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 15020),
  ARRIVING_TUNNEL(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 15008),
  ARRIVING_OTHER_TUNNEL(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 25008),
  ARRIVING_FROM_PROBER(Who.NEIGHBOUR, Site.PROBER, Site.POD, 8080),
  TO_PROBER(Who.APPLICATION, Site.POD, Site.PROBER, 80),
  ARRIVING_ETH1(Who.MACHINE, Site.MACHINE, Site.POD_ETH1, 8080),
  ARRIVING_DATAGRAM(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.POD, 8080, Protocol.UDP),
  /** The pod forwards it, as a gateway does. */
  THROUGH(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.MACHINE, 8080),
  THROUGH_PROBE(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.MACHINE, 15021),
  THROUGH_RANGE(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.MACHINE, 8005),
  THROUGH_METRICS(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.MACHINE, 15090),
  THROUGH_MERGED(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.MACHINE, 15020),
  THROUGH_TUNNEL(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.MACHINE, 15008),
  THROUGH_OTHER_TUNNEL(Who.NEIGHBOUR, Site.NEIGHBOUR, Site.MACHINE, 25008),
  /** The proxy of a gateway dials the server from the client's address. */
  GATEWAY_AS_CLIENT(Who.GATEWAY_PROXY, Site.NEIGHBOUR, Site.MACHINE, 8080),
  /** A virtual machine behind the pod calls a service. */
  MACHINE_WEB(Who.MACHINE, Site.MACHINE, Site.SERVICE, 80),
  MACHINE_FAR(Who.MACHINE, Site.MACHINE, Site.FAR_SERVICE, 80),
  /** Name look-ups. */
  LOOKUP(Who.APPLICATION, Site.POD, Site.NAME_SERVER, 53, Protocol.UDP),
  LOOKUP_TCP(Who.APPLICATION, Site.POD, Site.NAME_SERVER, 53),
  EXEMPT_LOOKUP_TCP(Who.EXEMPT, Site.POD, Site.NAME_SERVER, 53),
  OTHER_LOOKUP(Who.APPLICATION, Site.POD, Site.OTHER_NAME_SERVER, 53, Protocol.UDP),
  OTHER_LOOKUP_TCP(Who.APPLICATION, Site.POD, Site.OTHER_NAME_SERVER, 53),
  GROUP_LOOKUP(Who.OTHER_GROUP, Site.POD, Site.NAME_SERVER, 53, Protocol.UDP),
  PROXY_GROUP_LOOKUP(Who.PROXY_GROUP, Site.POD, Site.NAME_SERVER, 53, Protocol.UDP),
  PROXY_USER_LOOKUP(Who.PROXY_USER, Site.POD, Site.NAME_SERVER, 53, Protocol.UDP),
  PROXY_LOOKUP(Who.PROXY, Site.POD, Site.NAME_SERVER, 53, Protocol.UDP),
  PROXY_LOOKUP_TCP(Who.PROXY, Site.POD, Site.NAME_SERVER, 53),
  PROXY_OWN_LOOKUP(Who.PROXY, Site.POD, Site.POD, 53),
  OWN_LOOKUP_TCP(Who.APPLICATION, Site.POD, Site.POD, 53);

  /** Who dials. */
  private enum Who {
    APPLICATION(new Origin.Local(1000, 1000, 0)),
    OTHER_GROUP(new Origin.Local(1000, 3000, 0)),
    EXEMPT(new Origin.Local(1000, 1000, 0x1000)),
    EXEMPT_AGENT(new Origin.Local(2000, 2000, 0x1000)),
    NEARLY_EXEMPT(new Origin.Local(1000, 1000, 0x1001)),
    /** A second proxy, in option sets that name it. */
    AGENT(new Origin.Local(2000, 2000, 0)),
    PROXY(new Origin.Local(1337, 1337, 0)),
    PROXY_USER(new Origin.Local(1337, 1000, 0)),
    PROXY_GROUP(new Origin.Local(1000, 1337, 0)),
    /** As Istio's injector runs it, since the user's rules would catch its own connections. */
    TRANSPARENT_PROXY(new Origin.Local(0, 1337, 1337)),
    TRANSPARENT_USER(new Origin.Local(1337, 1000, 1337)),
    /** Without the mark, by which its packets would be routed back to it. */
    GATEWAY_PROXY(new Origin.Local(0, 1337, 0)),
    NODE_PROXY(new Origin.Local(0, 0, 0x539)),
    NEIGHBOUR(new Origin.Arriving("eth0")),
    MACHINE(new Origin.Arriving("eth1"));

    // Its kinds are records of numbers and text.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Origin origin;

    Who(Origin origin) {
      this.origin = origin;
    }
  }

  private final Who who;
  private final Site from;
  private final Site to;
  private final int port;
  private final Protocol protocol;

  Dial(Who who, Site from, Site to, int port) {
    this(who, from, to, port, Protocol.TCP);
  }

  Dial(Who who, Site from, Site to, int port, Protocol protocol) {
    this.who = who;
    this.from = from;
    this.to = to;
    this.port = port;
    this.protocol = protocol;
  }

  /** Who makes it. */
  Origin origin() {
    return who.origin;
  }

  /** With the next port that no connection was made from before. */
  Connection connection(Family family) {
    return new Connection(
        protocol,
        new InetSocketAddress(from.address(family), ClientPorts.next()),
        new InetSocketAddress(to.address(family), port),
        who.origin);
  }
}
