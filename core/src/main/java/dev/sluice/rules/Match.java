// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** One condition on a packet. Immutable. Spelling and meaning: iptables-extensions(8). */
public sealed interface Match {
  /** TCP. */
  record Tcp() implements Match {}

  /** UDP. Programs take over nothing of it but DNS. */
  record Udp() implements Match {}

  /** Source port within; needs {@link Tcp} or {@link Udp} before it. */
  record SourcePort(PortRange ports) implements Match {}

  /** Destination port within; needs {@link Tcp} or {@link Udp} before it. */
  record DestinationPort(PortRange ports) implements Match {
    /** One port alone. */
    public DestinationPort(int port) {
      this(PortRange.of(port));
    }
  }

  /**
   * Destination port within any of them; needs {@link Tcp} or {@link Udp} before it.
   *
   * @param ports two or more; multiport of iptables holds 15, where a range counts twice
   */
  record DestinationPorts(List<PortRange> ports) implements Match {
    /** Copies {@code ports}. */
    public DestinationPorts {
      ports = List.copyOf(ports);
    }
  }

  /** Source address within. */
  record Source(Subnet subnet) implements Match {}

  /** Destination address within. */
  record Destination(Subnet subnet) implements Match {}

  /** Came in through that interface; a name that ends in {@code +} stands for all that begin so. */
  record InInterface(String name) implements Match {}

  /** Is about to leave through that interface; {@code +} as in {@link InInterface}. */
  record OutInterface(String name) implements Match {}

  /** The socket's owner at its creation is that user. Only in OUTPUT. */
  record OwnerUser(long uid) implements Match {}

  /** The socket's owner at its creation is of that group. Only in OUTPUT. */
  record OwnerGroup(long gid) implements Match {}

  /** The packet's mark. */
  record Mark(MarkBits bits) implements Match {
    /** All 32 bits. */
    public Mark(int value) {
      this(MarkBits.of(value));
    }
  }

  /** The mark of the packet's connection. */
  record ConnectionMark(MarkBits bits) implements Match {
    /** All 32 bits. */
    public ConnectionMark(int value) {
      this(MarkBits.of(value));
    }
  }

  /** Part of a known connection: conntrack says RELATED or ESTABLISHED. */
  record KnownConnection() implements Match {}

  /** Conntrack can't assign it to any connection: INVALID. */
  record InvalidConnection() implements Match {}

  /** Opens a connection: SYN without ACK, RST or FIN; needs {@link Tcp} before it. */
  record FirstPacket() implements Match {}

  /** Answers a connection whose first packet was sent to a port within. */
  record ReplyFromPort(PortRange ports) implements Match {
    /** One port alone. */
    public ReplyFromPort(int port) {
      this(PortRange.of(port));
    }
  }

  /** Goes the same way as the first packet of its connection: conntrack says ORIGINAL. */
  record OriginalDirection() implements Match {}

  /** The contrary of {@code match}, which is itself no {@code Not}. */
  record Not(Match match) implements Match {}

  /** Shorthand: a list of matches. */
  static List<Match> all(Match... matches) {
    return List.of(matches);
  }
}
