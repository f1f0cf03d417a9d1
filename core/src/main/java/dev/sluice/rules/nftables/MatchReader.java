// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Match;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Subnet;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One condition from what {@code nft -nj} lists (libnftables-json(5)), where words are numbers.
 * Pure.
 */
final class MatchReader {
  private static final long TCP = 6;
  private static final long UDP = 17;

  /** linux/netfilter/nf_conntrack_common.h, as nft numbers them: bits. */
  private static final long INVALID = 1;

  private static final long KNOWN = 2 | 4;

  /** FIN, SYN, RST and ACK, of which SYN alone is set. */
  private static final long HANDSHAKE_FLAGS = 1 | 2 | 4 | 16;

  private static final long SYN = 2;

  private MatchReader() {}

  /**
   * The match that {@code condition} is.
   *
   * @param condition the value of a {@code match} statement
   * @return empty if no program has such a match
   */
  static Optional<Match> read(Json condition) {
    Selector selector = Selector.of(condition.at("left"));
    String operator = condition.at("op").text().orElse("");
    if (selector.name().equals("ct state") && selector.isMasked()) {
      return stateBits(selector, operator, condition.at("right"));
    }
    Match match = positive(selector, condition.at("right"));
    if (match == null) {
      return Optional.empty();
    }
    return switch (operator) {
      case "==", "in" -> Optional.of(match);
      case "!=", "!" -> Optional.of(new Match.Not(match));
      default -> Optional.empty();
    };
  }

  /**
   * The comparison with 0 that the kernel holds for a negated state: most versions of nft list it
   * by an operator of its own, others as it is.
   */
  private static Optional<Match> stateBits(Selector selector, String operator, Json right) {
    Match match = state(selector.mask());
    if (match == null || right.whole().orElse(-1) != 0) {
      return Optional.empty();
    }
    return switch (operator) {
      case "==" -> Optional.of(new Match.Not(match));
      case "!=" -> Optional.of(match);
      default -> Optional.empty();
    };
  }

  /** The protocol that a selector of a packet's TCP or UDP header stands for. */
  static Optional<Match> transport(Json condition) {
    String name = Selector.of(condition.at("left")).name();
    if (name.startsWith("tcp ")) {
      return Optional.of(new Match.Tcp());
    }
    return name.startsWith("udp ") ? Optional.of(new Match.Udp()) : Optional.empty();
  }

  private static @Nullable Match positive(Selector selector, Json value) {
    return switch (selector.name()) {
      case "meta l4proto" -> protocol(value);
      case "tcp sport", "udp sport" -> sourcePort(value);
      case "tcp dport", "udp dport" -> destinationPort(value);
      case "ip saddr", "ip6 saddr" -> subnet(value).map(Match.Source::new).orElse(null);
      case "ip daddr", "ip6 daddr" -> subnet(value).map(Match.Destination::new).orElse(null);
      case "meta iifname" -> interfaceName(value).map(Match.InInterface::new).orElse(null);
      case "meta oifname" -> interfaceName(value).map(Match.OutInterface::new).orElse(null);
      case "meta skuid" -> value.whole().isPresent() ? user(value) : null;
      case "meta skgid" -> value.whole().isPresent() ? group(value) : null;
      case "meta mark" -> bits(selector, value).map(Match.Mark::new).orElse(null);
      case "ct mark" -> bits(selector, value).map(Match.ConnectionMark::new).orElse(null);
      case "ct state" -> state(Selector.union(value));
      case "ct direction" -> value.whole().orElse(-1) == 0 ? new Match.OriginalDirection() : null;
      case "tcp flags" -> flags(selector, value);
      default -> null;
    };
  }

  private static Match user(Json value) {
    return new Match.OwnerUser(value.whole().orElseThrow());
  }

  private static Match group(Json value) {
    return new Match.OwnerGroup(value.whole().orElseThrow());
  }

  private static @Nullable Match protocol(Json value) {
    OptionalLong number = value.whole();
    if (number.isEmpty()) {
      return null;
    }
    long protocol = number.getAsLong();
    if (protocol == TCP) {
      return new Match.Tcp();
    }
    return protocol == UDP ? new Match.Udp() : null;
  }

  private static @Nullable Match sourcePort(Json value) {
    return ports(value).map(Match.SourcePort::new).orElse(null);
  }

  private static @Nullable Match destinationPort(Json value) {
    if (!value.has("set")) {
      return ports(value).map(Match.DestinationPort::new).orElse(null);
    }
    List<Optional<PortRange>> elements =
        value.at("set").items().stream().map(MatchReader::ports).toList();
    return elements.stream().allMatch(Optional::isPresent)
        ? new Match.DestinationPorts(elements.stream().map(Optional::orElseThrow).toList())
        : null;
  }

  /** One port, or a range; empty if it is neither. */
  static Optional<PortRange> ports(Json value) {
    List<Json> ends = value.has("range") ? value.at("range").items() : List.of(value, value);
    if (ends.size() != 2 || ends.stream().anyMatch(end -> end.whole().isEmpty())) {
      return Optional.empty();
    }
    long first = ends.getFirst().whole().orElseThrow();
    long last = ends.getLast().whole().orElseThrow();
    return first >= 1 && first <= last
        ? Optional.of(new PortRange((int) first, (int) last))
        : Optional.empty();
  }

  private static Optional<Subnet> subnet(Json value) {
    Json prefix = value.at("prefix");
    return value.has("prefix")
        ? prefix
            .at("addr")
            .text()
            .map(a -> Subnet.parse(a + "/" + prefix.at("len").whole().orElse(0)))
        : value.text().map(MatchReader::host);
  }

  private static Subnet host(String text) {
    InetAddress address = InetAddress.ofLiteral(text);
    return new Subnet(address, address.getAddress().length * 8);
  }

  private static Optional<String> interfaceName(Json value) {
    return value.text().map(InterfacePattern::fromNft);
  }

  /** A mask of leading ones is listed as a prefix, any other stands at the selector. */
  private static Optional<MarkBits> bits(Selector selector, Json value) {
    int mask = (int) selector.mask();
    Json number = value;
    if (value.has("prefix")) {
      long length = value.at("prefix").at("len").whole().orElse(Integer.SIZE);
      mask = (int) (0xffff_ffffL << (Integer.SIZE - length));
      number = value.at("prefix").at("addr");
    }
    OptionalLong bits = number.whole();
    return bits.isPresent() && ((int) bits.getAsLong() & ~mask) == 0
        ? Optional.of(new MarkBits((int) bits.getAsLong(), mask))
        : Optional.empty();
  }

  private static @Nullable Match state(long bits) {
    if (bits == KNOWN) {
      return new Match.KnownConnection();
    }
    return bits == INVALID ? new Match.InvalidConnection() : null;
  }

  private static @Nullable Match flags(Selector selector, Json value) {
    return selector.mask() == HANDSHAKE_FLAGS && value.whole().orElse(0) == SYN
        ? new Match.FirstPacket()
        : null;
  }
}
