// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Match;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a guard has to know of a program in one family: the rules that packets come by at each hook,
 * those of called chains in the place of the call. Pure.
 */
record Reach(List<Rule> leaving, List<Rule> arriving) {
  static Reach of(Family family, RuleProgram program) {
    return program.families().stream()
        .filter(part -> part.family() == family)
        .findFirst()
        .map(Reach::of)
        .orElse(new Reach(List.of(), List.of()));
  }

  static Reach of(FamilyProgram program) {
    return new Reach(from(Hook.OUTPUT, program), from(Hook.PREROUTING, program));
  }

  private static List<Rule> from(Hook hook, FamilyProgram program) {
    List<Rule> rules = new ArrayList<>();
    for (TableProgram table : program.tables()) {
      for (Entry entry : table.entries()) {
        if (entry.hook() == hook) {
          walk(entry.rule(), table, rules, new LinkedHashSet<>());
        }
      }
    }
    return rules;
  }

  private static void walk(Rule rule, TableProgram table, List<Rule> rules, Set<String> callers) {
    rules.add(rule);
    if (rule.target() instanceof Target.Call(String name) && callers.add(name)) {
      for (Chain chain : table.chains()) {
        if (chain.name().equals(name)) {
          chain.rules().forEach(inner -> walk(inner, table, rules, callers));
        }
      }
      callers.remove(name);
    }
  }

  boolean capturesArriving() {
    return arriving.stream().anyMatch(rule -> takesOver(rule.target()));
  }

  boolean capturesDns() {
    return leaving.stream()
        .anyMatch(
            rule ->
                rule.matches().contains(new Match.Udp())
                    && rule.target() instanceof Target.Redirect);
  }

  /** Where connections go that are taken over: ports by REDIRECT, marks by TPROXY. */
  void addListeners(Set<Integer> ports, Set<Integer> marks) {
    for (Rule rule : arriving) {
      switch (rule.target()) {
        case Target.Redirect(int port) -> ports.add(port);
        case Target.Tproxy(int _, int mark) -> marks.add(mark);
        case Target.TproxyIfServed(int _, int mark) -> marks.add(mark);
        default -> {}
      }
    }
  }

  /**
   * Whose own connections leave: owners that a rule lets pass without another condition, and marks
   * that every rule that takes over spares.
   */
  List<Rule> exemptions() {
    Set<Rule> exempt = new LinkedHashSet<>();
    for (Rule rule : leaving) {
      Rule plain = NormalForm.of(rule);
      boolean passes =
          rule.target() instanceof Target.Return || rule.target() instanceof Target.Accept;
      if (passes && plain.matches().size() == 1 && isOwnerOrMark(plain.matches().getFirst())) {
        exempt.add(pass(plain.matches().getFirst()));
      }
      if (takesOver(rule.target())) {
        rule.matches().stream()
            .filter(match -> match instanceof Match.Not(Match.Mark _))
            .forEach(match -> exempt.add(pass(((Match.Not) match).match())));
      }
    }
    return List.copyOf(exempt);
  }

  /** Ports that a rule lets pass for every TCP connection that arrives. */
  Set<PortRange> arrivingPortsLeftAlone() {
    Set<PortRange> ports = new LinkedHashSet<>();
    for (Rule rule : arriving) {
      List<Match> matches = NormalForm.of(rule).matches();
      if (rule.target() instanceof Target.Return
          && matches.size() == 2
          && matches.getFirst() instanceof Match.Tcp
          && matches.getLast() instanceof Match.DestinationPort(PortRange range)) {
        ports.add(range);
      }
    }
    return ports;
  }

  private static boolean isOwnerOrMark(Match match) {
    return switch (match) {
      case Match.OwnerUser _, Match.OwnerGroup _, Match.Mark _ -> true;
      default -> false;
    };
  }

  private static boolean takesOver(Target target) {
    return switch (target) {
      case Target.Redirect _, Target.Tproxy _, Target.TproxyIfServed _ -> true;
      default -> false;
    };
  }

  private static Rule pass(Match match) {
    return new Rule("never taken over", List.of(match), new Target.Return());
  }
}
