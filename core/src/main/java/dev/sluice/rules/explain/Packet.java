// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * A packet at one point of its way. Immutable.
 *
 * @param in the interface that it came in through; empty for one that was made here
 * @param out the interface that it was to leave through when it entered the hook; empty for none
 * @param owner of the socket that sent it; empty once it has passed an interface
 */
record Packet(
    Protocol protocol,
    InetSocketAddress from,
    InetSocketAddress to,
    String in,
    String out,
    Optional<Origin.Local> owner,
    int mark) {
  static Packet of(Protocol protocol, InetSocketAddress from, InetSocketAddress to, Origin origin) {
    return switch (origin) {
      case Origin.Local local ->
          new Packet(protocol, from, to, "", "", Optional.of(local), local.mark());
      case Origin.Arriving(String name) ->
          new Packet(protocol, from, to, name, "", Optional.empty(), 0);
    };
  }

  Packet marked(int value) {
    return new Packet(protocol, from, to, in, out, owner, value);
  }

  Packet redirected(InetSocketAddress destination) {
    return new Packet(protocol, from, destination, in, out, owner, mark);
  }

  Packet leavingBy(String interfaceName) {
    return new Packet(protocol, from, to, in, interfaceName, owner, mark);
  }

  /** Sent through lo and received there: the mark stays, the socket is forgotten. */
  Packet looped() {
    return new Packet(protocol, from, to, Routing.LOOPBACK, "", Optional.empty(), mark);
  }
}
