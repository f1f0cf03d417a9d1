// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Match;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Subnet;
import dev.sluice.rules.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * Reads one rule in the words of iptables(8): those that iptables-save prints and those that {@link
 * IptablesText} writes. What programs don't use it doesn't know. Pure.
 */
final class RuleReader {
  private static final Set<String> MODULES =
      Set.of("tcp", "udp", "multiport", "owner", "mark", "connmark", "conntrack");

  /** What {@code --syn} stands for. */
  private static final String SYN_AMONG = "FIN,SYN,RST,ACK";

  private final RuleWords words;
  private final List<Match> matches = new ArrayList<>();
  private String module = "";

  private RuleReader(RuleWords words) {
    this.words = words;
  }

  /**
   * The rule in {@link NormalForm}; empty if the model has no words for it.
   *
   * @param text without {@code -A CHAIN}
   */
  static Optional<Rule> read(String text) {
    try {
      return Optional.of(new RuleReader(RuleWords.of(text)).rule());
    } catch (NoSuchElementException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The one form in which two rules compare; a rule without one stands for itself. */
  static String canonical(String text) {
    return read(text).map(IptablesText::rule).orElse(text);
  }

  private Rule rule() {
    while (true) {
      String word = words.next();
      if (word.equals("-j")) {
        Target target = TargetReader.read(words);
        words.expectEnd();
        return NormalForm.of(new Rule(NormalForm.WHY, matches, target));
      }
      boolean not = word.equals("!");
      String option = not ? words.next() : word;
      switch (option) {
        case "-m" -> module = known(words.next());
        default -> {
          Match match = match(option);
          matches.add(not ? new Match.Not(match) : match);
        }
      }
    }
  }

  private static String known(String module) {
    if (!MODULES.contains(module)) {
      throw RuleWords.unknown(module);
    }
    return module;
  }

  private Match match(String option) {
    return switch (option) {
      case "-s" -> new Match.Source(Subnet.parse(words.next()));
      case "-d" -> new Match.Destination(Subnet.parse(words.next()));
      case "-i" -> new Match.InInterface(words.next());
      case "-o" -> new Match.OutInterface(words.next());
      case "-p" -> protocol(words.next());
      case "--sport" -> new Match.SourcePort(words.ports());
      case "--dport" -> new Match.DestinationPort(words.ports());
      case "--dports" -> new Match.DestinationPorts(words.portList());
      case "--syn" -> new Match.FirstPacket();
      case "--tcp-flags" -> {
        words.expect(SYN_AMONG);
        words.expect("SYN");
        yield new Match.FirstPacket();
      }
      case "--uid-owner" -> new Match.OwnerUser(Long.parseLong(words.next()));
      case "--gid-owner" -> new Match.OwnerGroup(Long.parseLong(words.next()));
      case "--mark" -> mark(words.bits());
      case "--ctstate" -> state(words.next());
      case "--ctorigdstport" -> {
        PortRange ports = words.ports();
        words.expect("--ctdir");
        words.expect("REPLY");
        yield new Match.ReplyFromPort(ports);
      }
      case "--ctdir" -> direction(words.next());
      default -> throw RuleWords.unknown(option);
    };
  }

  private static Match protocol(String name) {
    return switch (name) {
      case "tcp" -> new Match.Tcp();
      case "udp" -> new Match.Udp();
      default -> throw RuleWords.unknown(name);
    };
  }

  private Match mark(MarkBits bits) {
    return module.equals("connmark") ? new Match.ConnectionMark(bits) : new Match.Mark(bits);
  }

  private static Match direction(String name) {
    Match original = new Match.OriginalDirection();
    return switch (name) {
      case "ORIGINAL" -> original;
      case "REPLY" -> new Match.Not(original);
      default -> throw RuleWords.unknown(name);
    };
  }

  private static Match state(String states) {
    return switch (states) {
      case "RELATED,ESTABLISHED" -> new Match.KnownConnection();
      case "INVALID" -> new Match.InvalidConnection();
      default -> throw RuleWords.unknown(states);
    };
  }
}
