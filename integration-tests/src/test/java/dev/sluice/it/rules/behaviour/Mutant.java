// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RoutingEntry;
import dev.sluice.rules.Rule;
import dev.sluice.rules.TableProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A program with one thing wrong.
 *
 * @param change what is wrong
 */
record Mutant(Change change, FamilyProgram program) {
  /** What was done to a program. */
  sealed interface Change {
    /** A rule is missing in that place: table and chain. */
    record Deleted(String place, Rule rule) implements Change {}

    /** Two rules that follow each other have changed places. */
    record Swapped(String place, Rule first, Rule second) implements Change {}

    /** A policy rule, route or address is missing. */
    record Unrouted(RoutingEntry entry) implements Change {}
  }

  /** Every program with a rule or route less, or with two neighbours swapped. */
  static List<Mutant> of(FamilyProgram program) {
    List<Mutant> mutants = new ArrayList<>();
    for (RoutingEntry entry : program.routing()) {
      List<RoutingEntry> rest = new ArrayList<>(program.routing());
      rest.remove(entry);
      mutants.add(
          new Mutant(
              new Change.Unrouted(entry),
              new FamilyProgram(program.family(), program.tables(), rest)));
    }
    for (TableProgram table : program.tables()) {
      Function<TableProgram, FamilyProgram> whole =
          changed -> new FamilyProgram(program.family(), with(program, changed), program.routing());
      for (int i = 0; i < table.entries().size(); i++) {
        List<Entry> rest = new ArrayList<>(table.entries());
        Entry gone = rest.remove(i);
        mutants.add(
            new Mutant(
                new Change.Deleted(place(table, gone.hook().name()), gone.rule()),
                whole.apply(new TableProgram(table.table(), table.chains(), rest))));
      }
      for (Chain chain : table.chains()) {
        changes(place(table, chain.name()), chain.rules())
            .forEach(
                changed ->
                    mutants.add(
                        new Mutant(
                            changed.change(),
                            whole.apply(with(table, new Chain(chain.name(), changed.rules()))))));
      }
    }
    return mutants;
  }

  private record Changed(Change change, List<Rule> rules) {}

  private static String place(TableProgram table, String chain) {
    return table.table().spelling() + " " + chain;
  }

  private static List<Changed> changes(String place, List<Rule> rules) {
    List<Changed> all = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      List<Rule> rest = new ArrayList<>(rules);
      all.add(new Changed(new Change.Deleted(place, rest.remove(i)), rest));
      if (i > 0) {
        List<Rule> swapped = new ArrayList<>(rules);
        swapped.set(i - 1, rules.get(i));
        swapped.set(i, rules.get(i - 1));
        all.add(new Changed(new Change.Swapped(place, rules.get(i - 1), rules.get(i)), swapped));
      }
    }
    return all;
  }

  private static List<TableProgram> with(FamilyProgram program, TableProgram changed) {
    return program.tables().stream()
        .map(each -> each.table() == changed.table() ? changed : each)
        .toList();
  }

  private static TableProgram with(TableProgram table, Chain changed) {
    return new TableProgram(
        table.table(),
        table.chains().stream()
            .map(each -> each.name().equals(changed.name()) ? changed : each)
            .toList(),
        table.entries());
  }
}
