// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Match;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The guard of a change: filter rules that drop the first packet of every connection that neither
 * program takes over, for as long as one of them is there in part. Its sender repeats it a second
 * later and finds the new program. Connections that exist, and what the new program lets pass
 * before anything else, are left alone. Pure.
 */
final class Guard {
  /** The guard's chains. */
  static final String OUT = Chain.PREFIX + "GUARD_OUT";

  static final String IN = Chain.PREFIX + "GUARD_IN";

  private static final int DNS_PORT = 53;

  private final List<Reach> programs;
  private final List<Rule> out = new ArrayList<>();
  private final List<Rule> in = new ArrayList<>();

  private Guard(List<Reach> programs) {
    this.programs = programs;
  }

  /** For the way from {@code now} to {@code wanted}. */
  static RuleProgram between(RuleProgram now, RuleProgram wanted) {
    return new RuleProgram(
        wanted.families().stream()
            .map(
                part ->
                    new Guard(List.of(Reach.of(part), Reach.of(part.family(), now)))
                        .build(part.family()))
            .toList());
  }

  private FamilyProgram build(Family family) {
    leaving();
    List<Chain> chains = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    if (programs.stream().anyMatch(Reach::capturesArriving)) {
      arriving();
      chains.add(new Chain(IN, in));
      entries.add(entry(Hook.INPUT, IN));
      entries.add(entry(Hook.FORWARD, IN));
    }
    chains.add(new Chain(OUT, out));
    entries.add(entry(Hook.OUTPUT, OUT));
    return new FamilyProgram(
        family, List.of(new TableProgram(Table.FILTER, chains, entries)), List.of());
  }

  private void leaving() {
    // A connection that was taken over leaves through lo, by its new destination or its route.
    out.add(rule("taken over, or within this host", new Match.OutInterface("lo")));
    wanted().exemptions().forEach(out::add);
    out.add(drop(new Match.Tcp(), new Match.FirstPacket()));
    if (programs.stream().anyMatch(Reach::capturesDns)) {
      out.add(drop(new Match.Udp(), new Match.DestinationPort(DNS_PORT)));
    }
  }

  private void arriving() {
    in.add(rule("within this host", new Match.InInterface("lo")));
    Set<Integer> ports = new TreeSet<>();
    Set<Integer> marks = new TreeSet<>();
    programs.forEach(program -> program.addListeners(ports, marks));
    for (int port : ports) {
      in.add(rule("taken over", new Match.Tcp(), new Match.DestinationPort(port)));
    }
    for (int mark : marks) {
      in.add(rule("taken over", new Match.Mark(mark)));
    }
    for (PortRange range : wanted().arrivingPortsLeftAlone()) {
      in.add(rule("port excluded by option", new Match.Tcp(), new Match.DestinationPort(range)));
    }
    in.add(drop(new Match.Tcp(), new Match.FirstPacket()));
  }

  private Reach wanted() {
    return programs.getFirst();
  }

  private static Rule rule(String why, Match... matches) {
    return new Rule(why, List.of(matches), new Target.Return());
  }

  private static Rule drop(Match... matches) {
    return new Rule("blocked until the new program is there", List.of(matches), new Target.Drop());
  }

  private static Entry entry(Hook hook, String chain) {
    return new Entry(hook, new Rule("the guard", List.of(), new Target.Call(chain)));
  }
}
