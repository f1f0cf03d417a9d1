// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.net.AddressText;
import dev.sluice.rules.Match;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Target;
import java.util.List;
import java.util.stream.Collectors;

/** Programs and verdicts in words for people. Pure. */
final class Words {
  private Words() {}

  static String of(Connection connection) {
    String made =
        switch (connection.origin()) {
          case Origin.Local(long user, long group, int mark) ->
              "made here by user "
                  + user
                  + ", group "
                  + group
                  + (mark == 0 ? "" : ", with mark 0x" + Integer.toHexString(mark));
          case Origin.Arriving(String name) -> "arriving through " + name;
        };
    return "%s from %s to %s, %s"
        .formatted(
            connection.protocol(),
            AddressText.of(connection.from()),
            AddressText.of(connection.to()),
            made);
  }

  static String of(Verdict verdict) {
    return switch (verdict) {
      case Verdict.CapturedOutbound(int port) -> "captured outbound, by the listener on " + port;
      case Verdict.CapturedInbound(int port) -> "captured inbound, by the listener on " + port;
      case Verdict.CapturedDns(int port) -> "captured for DNS, by the listener on " + port;
      case Verdict.CapturedElsewhere(int port) ->
          "taken to port " + port + ", where the proxy has no listener by these options";
      case Verdict.Passed(Verdict.Way way) -> "not captured: " + of(way);
      case Verdict.Dropped(String why) -> "dropped " + why;
    };
  }

  static String of(Verdict.Way way) {
    return switch (way) {
      case DELIVERED -> "delivered on this host";
      case LEAVES -> "leaves this host";
      case FORWARDED -> "forwarded";
    };
  }

  static String all(List<Match> matches) {
    return matches.isEmpty()
        ? "everything"
        : matches.stream().map(Words::of).collect(Collectors.joining(", "));
  }

  static String of(Match match) {
    return switch (match) {
      case Match.Not(Match contrary) -> "not " + of(contrary);
      case Match.Tcp() -> "TCP";
      case Match.Udp() -> "UDP";
      case Match.SourcePort(var ports) -> "from port " + ports;
      case Match.DestinationPort(var ports) -> "to port " + ports;
      case Match.DestinationPorts(var ranges) ->
          "to port " + ranges.stream().map(PortRange::toString).collect(Collectors.joining(" or "));
      case Match.Source(var subnet) -> "from " + subnet;
      case Match.Destination(var subnet) -> "to " + subnet;
      case Match.InInterface(String name) -> "in through " + name;
      case Match.OutInterface(String name) -> "out through " + name;
      case Match.OwnerUser(long uid) -> "of user " + uid;
      case Match.OwnerGroup(long gid) -> "of group " + gid;
      case Match.Mark(var bits) -> "mark " + bits;
      case Match.ConnectionMark(var bits) -> "connection mark " + bits;
      case Match.KnownConnection() -> "of a known connection";
      case Match.InvalidConnection() -> "of no connection";
      case Match.FirstPacket() -> "first packet";
      case Match.ReplyFromPort(var ports) -> "answer from port " + ports;
      case Match.OriginalDirection() -> "from the client's side";
    };
  }

  static String of(Target target) {
    return switch (target) {
      case Target.Return() -> "return";
      case Target.Accept() -> "accept";
      case Target.Drop() -> "drop";
      case Target.Call(String chain) -> "call " + chain;
      case Target.Redirect(int port) -> "redirect to port " + port;
      case Target.Tproxy(int port, int mark) ->
          "hand to port " + port + ", mark 0x" + Integer.toHexString(mark);
      case Target.TproxyIfServed(int port, int mark) ->
          "hand to port " + port + " if it is served, mark 0x" + Integer.toHexString(mark);
      case Target.SetMark(int mark) -> "mark 0x" + Integer.toHexString(mark);
      case Target.SetConnectionMark(var bits) -> "connection mark " + bits;
      case Target.ConntrackZone(int zone) -> "conntrack zone " + zone;
      case Target.SaveMark() -> "connection takes the mark";
      case Target.RestoreMark() -> "takes the connection's mark";
    };
  }
}
