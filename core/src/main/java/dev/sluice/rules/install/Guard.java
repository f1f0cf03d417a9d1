// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Listing;
import dev.sluice.rules.Match;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

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

  /**
   * Whether a packet could meet a half of the change that captures less than either program: where
   * more than one transaction puts a program in the place of another. Going away needs no guard.
   */
  static boolean isNeeded(Backends backends, Listing now, RuleProgram wanted) {
    boolean allAtOnce = backends.chosen().changesAllAtOnce();
    if (wanted.families().isEmpty() || (allAtOnce && now.isEmpty())) {
      return false;
    }
    long[] changed =
        Arrays.stream(Family.values())
            .mapToLong(family -> changedTables(family, now, wanted))
            .toArray();
    // Even where all tables change at once, a packet may be between two of them at that moment. A
    // guard that comes a family after the other would not make up for a program that does.
    boolean eachFamilyAlone = allAtOnce || !backends.guardian().changesAllAtOnce();
    return eachFamilyAlone
        ? Arrays.stream(changed).max().orElse(0) > 1
        : Arrays.stream(changed).sum() > 1;
  }

  private static long changedTables(Family family, Listing now, RuleProgram wanted) {
    if (!now.strange().isEmpty()) {
      // Any table may hold what can't be compared.
      return Table.values().length;
    }
    return Arrays.stream(Table.values())
        .filter(table -> table != Table.FILTER)
        .filter(
            table -> isOtherwise(find(family, table, now.program()), find(family, table, wanted)))
        .count();
  }

  /** A table that only drops or lets pass may come and go alone: without it no less is captured. */
  private static boolean isOtherwise(Optional<TableProgram> before, Optional<TableProgram> after) {
    return !before.equals(after)
        && Stream.of(before, after).flatMap(Optional::stream).anyMatch(Guard::takesOver);
  }

  private static boolean takesOver(TableProgram table) {
    return table.chains().stream()
        .flatMap(chain -> chain.rules().stream())
        .anyMatch(
            rule ->
                switch (rule.target()) {
                  case Target.Return _, Target.Accept _, Target.Drop _, Target.Call _ -> false;
                  default -> true;
                });
  }

  private static Optional<TableProgram> find(Family family, Table table, RuleProgram program) {
    return NormalForm.of(program).families().stream()
        .filter(part -> part.family() == family)
        .map(FamilyProgram::tables)
        .flatMap(List::stream)
        .filter(part -> part.table() == table)
        .findFirst();
  }

  /** For the way from all programs that are there now to {@code wanted}. */
  static RuleProgram between(List<RuleProgram> now, RuleProgram wanted) {
    return new RuleProgram(wanted.families().stream().map(part -> of(part, now)).toList());
  }

  private static FamilyProgram of(FamilyProgram wanted, List<RuleProgram> now) {
    List<Reach> programs = new ArrayList<>(List.of(Reach.of(wanted)));
    now.forEach(program -> programs.add(Reach.of(wanted.family(), program)));
    return new Guard(programs).build(wanted.family());
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
