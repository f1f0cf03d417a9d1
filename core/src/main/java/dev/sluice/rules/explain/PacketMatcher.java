// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.Match;
import dev.sluice.rules.Subnet;
import java.net.InetAddress;

/** Whether one match accepts a packet, as iptables-extensions(8) defines it. Pure. */
final class PacketMatcher {
  private PacketMatcher() {}

  static boolean accepts(Match match, Packet packet, Tracked connection) {
    return switch (match) {
      case Match.Not(Match contrary) -> !accepts(contrary, packet, connection);
      case Match.Tcp() -> packet.protocol() == Protocol.TCP;
      case Match.Udp() -> packet.protocol() == Protocol.UDP;
      case Match.SourcePort(var ports) -> ports.contains(packet.from().getPort());
      case Match.DestinationPort(var ports) -> ports.contains(packet.to().getPort());
      case Match.DestinationPorts(var ranges) ->
          ranges.stream().anyMatch(ports -> ports.contains(packet.to().getPort()));
      case Match.Source(Subnet subnet) -> within(subnet, packet.from().getAddress());
      case Match.Destination(Subnet subnet) -> within(subnet, packet.to().getAddress());
      case Match.InInterface(String name) -> named(name, packet.in());
      case Match.OutInterface(String name) -> named(name, packet.out());
      case Match.OwnerUser(long uid) ->
          packet.owner().filter(owner -> owner.user() == uid).isPresent();
      case Match.OwnerGroup(long gid) ->
          packet.owner().filter(owner -> owner.group() == gid).isPresent();
      case Match.Mark(var bits) -> bits.matches(packet.mark());
      case Match.ConnectionMark(var bits) -> bits.matches(connection.mark());
      case Match.KnownConnection() -> connection.known();
      case Match.InvalidConnection() -> false;
      case Match.FirstPacket() -> !connection.known();
      case Match.ReplyFromPort(var ports) ->
          connection.answering() && ports.contains(connection.dialledPort());
      case Match.OriginalDirection() -> !connection.answering();
    };
  }

  private static boolean named(String pattern, String name) {
    return pattern.endsWith("+")
        ? !name.isEmpty() && name.startsWith(pattern.substring(0, pattern.length() - 1))
        : name.equals(pattern);
  }

  private static boolean within(Subnet subnet, InetAddress address) {
    byte[] wanted = subnet.address().getAddress();
    byte[] given = address.getAddress();
    if (wanted.length != given.length) {
      return false;
    }
    for (int bit = 0; bit < subnet.prefixLength(); bit++) {
      int mask = 0x80 >> (bit % 8);
      if (((wanted[bit / 8] ^ given[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
