// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Programs without what makes no difference to packets, so that one that was planned equals one
 * that was read from the kernel: no reasons, addresses cut at their prefix, ports merged, the
 * matches of a rule, the chains of a table and the tables of a family in a fixed order. The order
 * of rules stays. Pure.
 */
public final class NormalForm {
  /** Stands for the reason of a rule: the kernel doesn't keep it. */
  public static final String WHY = "as found";

  private NormalForm() {}

  /** Equal programs come out for programs that do the same, rule by rule. */
  public static RuleProgram of(RuleProgram program) {
    return new RuleProgram(
        program.families().stream()
            .map(NormalForm::of)
            .filter(part -> !part.tables().isEmpty() || !part.routing().isEmpty())
            .sorted(Comparator.comparing(FamilyProgram::family))
            .toList());
  }

  /** One rule, as {@link #of(RuleProgram)} leaves it. */
  public static Rule of(Rule rule) {
    return new Rule(
        WHY,
        rule.matches().stream()
            .map(NormalForm::cut)
            .filter(match -> !acceptsEverything(match))
            .sorted(Comparator.comparingInt(NormalForm::rank))
            .toList(),
        rule.target());
  }

  private static FamilyProgram of(FamilyProgram part) {
    return new FamilyProgram(
        part.family(),
        part.tables().stream()
            .map(NormalForm::of)
            .filter(table -> !table.chains().isEmpty() || !table.entries().isEmpty())
            .sorted(Comparator.comparing(TableProgram::table))
            .toList(),
        part.routing().stream()
            .distinct()
            .sorted(Comparator.comparing(Objects::toString))
            .toList());
  }

  private static TableProgram of(TableProgram table) {
    return new TableProgram(
        table.table(),
        table.chains().stream()
            .map(chain -> new Chain(chain.name(), rules(chain)))
            .sorted(Comparator.comparing(Chain::name))
            .toList(),
        table.entries().stream()
            .map(entry -> new Entry(entry.hook(), of(entry.rule())))
            .sorted(Comparator.comparing(Entry::hook))
            .toList());
  }

  private static List<Rule> rules(Chain chain) {
    return chain.rules().stream().map(NormalForm::of).toList();
  }

  private static Match cut(Match match) {
    return switch (match) {
      case Match.Not(Match negated) -> new Match.Not(cut(negated));
      case Match.Source(Subnet subnet) -> new Match.Source(subnet.cut());
      case Match.Destination(Subnet subnet) -> new Match.Destination(subnet.cut());
      case Match.DestinationPorts(List<PortRange> ports) -> ports(PortRange.merged(ports));
      default -> match;
    };
  }

  private static Match ports(List<PortRange> merged) {
    return merged.size() == 1
        ? new Match.DestinationPort(merged.getFirst())
        : new Match.DestinationPorts(merged);
  }

  private static boolean acceptsEverything(Match match) {
    return switch (match) {
      case Match.Source(Subnet subnet) -> subnet.prefixLength() == 0;
      case Match.Destination(Subnet subnet) -> subnet.prefixLength() == 0;
      default -> false;
    };
  }

  /** The order of iptables-save(8); matches of one kind keep theirs. */
  private static int rank(Match match) {
    return switch (match) {
      case Match.Not(Match negated) -> rank(negated);
      case Match.Source _ -> 0;
      case Match.Destination _ -> 1;
      case Match.InInterface _ -> 2;
      case Match.OutInterface _ -> 3;
      case Match.Tcp _, Match.Udp _ -> 4;
      case Match.SourcePort _ -> 5;
      case Match.DestinationPort _ -> 6;
      case Match.FirstPacket _ -> 7;
      case Match.DestinationPorts _ -> 8;
      case Match.OwnerUser _ -> 9;
      case Match.OwnerGroup _ -> 10;
      case Match.Mark _ -> 11;
      case Match.ConnectionMark _ -> 12;
      case Match.KnownConnection _ -> 13;
      case Match.InvalidConnection _ -> 14;
      case Match.ReplyFromPort _ -> 15;
      case Match.OriginalDirection _ -> 16;
    };
  }
}
