// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** One condition on a packet. Immutable. Spelling and meaning: iptables-extensions(8). */
public sealed interface Match {
  /** TCP. Programs take over nothing else. */
  record Tcp() implements Match {}

  /** Destination port, 1 to 65535; needs {@link Tcp} before it. */
  record DestinationPort(int port) implements Match {}

  /** Source address within. */
  record Source(Subnet subnet) implements Match {}

  /** Destination address within. */
  record Destination(Subnet subnet) implements Match {}

  /** Came in through that interface. */
  record InInterface(String name) implements Match {}

  /** Is about to leave through that interface. */
  record OutInterface(String name) implements Match {}

  /** The socket's owner at its creation is that user. Only in OUTPUT. */
  record OwnerUser(long uid) implements Match {}

  /** The socket's owner at its creation is of that group. Only in OUTPUT. */
  record OwnerGroup(long gid) implements Match {}

  /** The packet's mark, all 32 bits. */
  record Mark(int value) implements Match {}

  /** The mark of the packet's connection, all 32 bits. */
  record ConnectionMark(int value) implements Match {}

  /** Part of a known connection: conntrack says RELATED or ESTABLISHED. */
  record KnownConnection() implements Match {}

  /** Opens a connection: SYN without ACK, RST or FIN; needs {@link Tcp} before it. */
  record FirstPacket() implements Match {}

  /** Answers a connection whose first packet was sent to that port. */
  record ReplyFromPort(int port) implements Match {}

  /** The contrary of {@code match}, which is itself no {@code Not}. */
  record Not(Match match) implements Match {}

  /** Shorthand: a list of matches. */
  static List<Match> all(Match... matches) {
    return List.of(matches);
  }
}
