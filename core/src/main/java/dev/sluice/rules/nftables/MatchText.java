// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Family;
import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Match;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The conditions of one rule in the language of nft(8). Equal in meaning to those of iptables but
 * for one case, which nft has no words for: a negated owner accepts what the kernel itself sends
 * from no process (NFS, for one) in iptables, and doesn't here. Pure.
 */
final class MatchText {
  private final String address;
  private final String transport;

  private MatchText(Family family, String transport) {
    this.address = family == Family.IPV4 ? "ip" : "ip6";
    this.transport = transport;
  }

  /** Each in words of its own, in the order of the rule. */
  static List<String> of(Rule rule, Family family) {
    MatchText text = new MatchText(family, transportOf(rule));
    // The port of an answer says nothing of its own, but must be told of what protocol it is.
    boolean implied =
        rule.matches().stream().anyMatch(MatchText::namesTransport)
            && rule.matches().stream().noneMatch(Match.ReplyFromPort.class::isInstance);
    List<String> words = new ArrayList<>();
    for (Match match : rule.matches()) {
      if (!(implied && isTransport(match))) {
        words.add(text.match(match));
      }
    }
    return words;
  }

  private static String transportOf(Rule rule) {
    return rule.matches().contains(new Match.Udp()) ? "udp" : "tcp";
  }

  private static boolean isTransport(Match match) {
    return match instanceof Match.Tcp || match instanceof Match.Udp;
  }

  /** Whether its own words say {@code tcp} or {@code udp}; said twice is said once too often. */
  private static boolean namesTransport(Match match) {
    return switch (match) {
      case Match.Not(Match negated) -> namesTransport(negated);
      case Match.SourcePort _,
          Match.DestinationPort _,
          Match.DestinationPorts _,
          Match.FirstPacket _ ->
          true;
      default -> false;
    };
  }

  private String match(Match match) {
    return match instanceof Match.Not(Match negated) ? negative(negated) : positive(match);
  }

  private String positive(Match match) {
    return switch (match) {
      case Match.KnownConnection() -> "ct state established,related";
      case Match.InvalidConnection() -> "ct state invalid";
      case Match.ReplyFromPort(PortRange ports) ->
          "ct direction reply ct original proto-dst " + ports;
      default -> compared(match, "", "==");
    };
  }

  private String negative(Match match) {
    return switch (match) {
      case Match.KnownConnection() -> "ct state & (established | related) == 0";
      // Two conditions in one match: their negation is no single rule.
      case Match.ReplyFromPort(PortRange ports) ->
          throw new IllegalArgumentException(
              "negated match for answers from port " + ports + "; expected it as it is");
      case Match.Not _ -> throw new IllegalArgumentException("a match negated twice");
      default -> compared(match, "!= ", "!=");
    };
  }

  /**
   * A selector and a value.
   *
   * @param not stands before a value, where equality needs no word
   * @param operator stands after a masked selector, where it does
   */
  private String compared(Match match, String not, String operator) {
    return switch (match) {
      case Match.Tcp() -> "meta l4proto " + not + "tcp";
      case Match.Udp() -> "meta l4proto " + not + "udp";
      case Match.SourcePort(PortRange ports) -> transport + " sport " + not + ports;
      case Match.DestinationPort(PortRange ports) -> transport + " dport " + not + ports;
      case Match.DestinationPorts(List<PortRange> ports) ->
          transport + " dport " + not + set(ports);
      case Match.Source(Subnet subnet) -> address + " saddr " + not + subnet;
      case Match.Destination(Subnet subnet) -> address + " daddr " + not + subnet;
      case Match.InInterface(String name) -> "iifname " + not + InterfacePattern.toNft(name);
      case Match.OutInterface(String name) -> "oifname " + not + InterfacePattern.toNft(name);
      case Match.OwnerUser(long uid) -> "meta skuid " + not + uid;
      case Match.OwnerGroup(long gid) -> "meta skgid " + not + gid;
      case Match.Mark(MarkBits bits) -> "meta mark " + mark(bits, not, operator);
      case Match.ConnectionMark(MarkBits bits) -> "ct mark " + mark(bits, not, operator);
      case Match.InvalidConnection() -> "ct state " + not + "invalid";
      case Match.OriginalDirection() -> "ct direction " + not + "original";
      case Match.FirstPacket() -> "tcp flags & (fin | syn | rst | ack) " + operator + " syn";
      case Match.KnownConnection _, Match.ReplyFromPort _, Match.Not _ ->
          throw new IllegalArgumentException("no selector: " + match);
    };
  }

  /** Merged, since not every nft takes ranges that overlap. */
  private static String set(List<PortRange> ports) {
    List<PortRange> merged = PortRange.merged(ports);
    return merged.size() == 1
        ? merged.getFirst().toString()
        : merged.stream().map(PortRange::toString).collect(Collectors.joining(", ", "{ ", " }"));
  }

  private static String mark(MarkBits bits, String not, String operator) {
    return bits.mask() == MarkBits.ALL
        ? "%s0x%x".formatted(not, bits.value())
        : "& 0x%x %s 0x%x".formatted(bits.mask(), operator, bits.value());
  }
}
