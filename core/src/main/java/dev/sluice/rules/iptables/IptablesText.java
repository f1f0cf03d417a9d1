// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Match;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Subnet;
import dev.sluice.rules.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Programs in the language of iptables-restore(8), the same for both families. Pure. */
public final class IptablesText {
  private IptablesText() {}

  /** {@code -p tcp --dport 15008 -j RETURN}. */
  public static String rule(Rule rule) {
    List<String> words = new ArrayList<>();
    rule.matches().forEach(match -> words.add(match(match, "")));
    words.add(target(rule.target()));
    return String.join(" ", words);
  }

  /** A line that iptables-restore skips. */
  static String comment(Rule rule) {
    return "# " + rule.why();
  }

  private static String match(Match match, String not) {
    return switch (match) {
      case Match.Not negated -> match(negated.match(), "! ");
      case Match.Tcp() -> not + "-p tcp";
      case Match.Udp() -> not + "-p udp";
      case Match.SourcePort(PortRange ports) -> not + "--sport " + ports(ports);
      case Match.DestinationPort(PortRange ports) -> not + "--dport " + ports(ports);
      case Match.DestinationPorts(List<PortRange> ports) ->
          "-m multiport "
              + not
              + "--dports "
              + ports.stream().map(IptablesText::ports).collect(Collectors.joining(","));
      case Match.Source(Subnet subnet) -> not + "-s " + subnet;
      case Match.Destination(Subnet subnet) -> not + "-d " + subnet;
      case Match.InInterface(String name) -> not + "-i " + name;
      case Match.OutInterface(String name) -> not + "-o " + name;
      case Match.OwnerUser(long uid) -> "-m owner " + not + "--uid-owner " + uid;
      case Match.OwnerGroup(long gid) -> "-m owner " + not + "--gid-owner " + gid;
      case Match.Mark(MarkBits bits) -> "-m mark " + not + "--mark " + mark(bits);
      case Match.ConnectionMark(MarkBits bits) -> "-m connmark " + not + "--mark " + mark(bits);
      case Match.KnownConnection() -> "-m conntrack " + not + "--ctstate RELATED,ESTABLISHED";
      case Match.InvalidConnection() -> "-m conntrack " + not + "--ctstate INVALID";
      case Match.FirstPacket() -> not + "--syn";
      case Match.ReplyFromPort(PortRange ports) -> replyFrom(ports, not);
      case Match.OriginalDirection() ->
          "-m conntrack --ctdir " + (not.isEmpty() ? "ORIGINAL" : "REPLY");
    };
  }

  private static String replyFrom(PortRange ports, String not) {
    if (!not.isEmpty()) {
      // Two conditions in one match: their negation is no single rule.
      throw new IllegalArgumentException(
          "negated match for answers from port " + ports + "; expected it as it is");
    }
    return "-m conntrack --ctorigdstport " + ports(ports) + " --ctdir REPLY";
  }

  private static String ports(PortRange ports) {
    return ports.toString().replace('-', ':');
  }

  private static String mark(MarkBits bits) {
    return bits.mask() == MarkBits.ALL ? Integer.toUnsignedString(bits.value()) : bits.toString();
  }

  private static String target(Target target) {
    return switch (target) {
      case Target.Return() -> "-j RETURN";
      case Target.Accept() -> "-j ACCEPT";
      case Target.Drop() -> "-j DROP";
      case Target.Call(String chain) -> "-j " + chain;
      case Target.Redirect(int port) -> "-j REDIRECT --to-ports " + port;
      case Target.Tproxy(int port, int mark) ->
          "-j TPROXY --tproxy-mark "
              + Integer.toUnsignedString(mark)
              + "/0xffffffff --on-port "
              + port;
      case Target.TproxyIfServed _ ->
          throw new IllegalArgumentException(target + "; expected it with native nftables alone");
      case Target.SetMark(int mark) -> "-j MARK --set-mark " + Integer.toUnsignedString(mark);
      case Target.SetConnectionMark(MarkBits bits) ->
          "-j CONNMARK --set-xmark 0x%x/0x%x".formatted(bits.value(), bits.mask());
      case Target.ConntrackZone(int zone) -> "-j CT --zone " + zone;
      case Target.SaveMark() -> "-j CONNMARK --save-mark";
      case Target.RestoreMark() -> "-j CONNMARK --restore-mark";
    };
  }
}
