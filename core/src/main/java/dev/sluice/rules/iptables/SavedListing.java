// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.ListedChain;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** From what iptables-save(8) printed to what of it is ours. Single-threaded. */
final class SavedListing {
  private final List<FamilyProgram> families = new ArrayList<>();
  private final List<ListedChain> chains = new ArrayList<>();
  private final List<String> strange = new ArrayList<>();
  private final List<Listing.Obstacle> obstacles = new ArrayList<>();

  private SavedListing() {}

  static Listing of(Map<Family, List<SavedTable>> saved) {
    SavedListing listing = new SavedListing();
    saved.forEach(listing::add);
    return new Listing(
        NormalForm.of(new RuleProgram(listing.families)),
        listing.chains.stream().sorted(ListedChain.ORDER).toList(),
        listing.strange,
        listing.obstacles);
  }

  /** One table's chains and jumps, each rule in its one form. */
  static List<ListedChain> of(Family family, String table, TableState state) {
    List<ListedChain> listed = new ArrayList<>();
    tableOf(table)
        .ifPresent(
            known -> {
              state
                  .canonicalChains()
                  .forEach((name, rules) -> listed.add(chain(family, known, name, rules)));
              state
                  .canonicalJumps()
                  .forEach((name, rules) -> listed.add(chain(family, known, name, rules)));
            });
    return listed;
  }

  private static ListedChain chain(Family family, Table table, String name, List<String> rules) {
    return new ListedChain(
        family, table, name, rules.stream().map(rule -> "-A " + name + " " + rule).toList());
  }

  private void add(Family family, List<SavedTable> saved) {
    List<TableProgram> tables = new ArrayList<>();
    for (SavedTable table : saved) {
      TableState state = TableState.of(table, Ownership.OURS);
      chains.addAll(of(family, table.name(), state));
      tableOf(table.name()).ifPresent(known -> tables.add(read(family, known, state)));
      obstacles.addAll(Obstacles.in(family, table, state));
    }
    families.add(new FamilyProgram(family, tables, List.of()));
  }

  private TableProgram read(Family family, Table table, TableState state) {
    String where = family.label() + " " + table.spelling() + " ";
    List<Chain> read = new ArrayList<>();
    state.chains().forEach((name, rules) -> read.add(new Chain(name, rules(where + name, rules))));
    List<Entry> entries = new ArrayList<>();
    for (TableState.Jump jump : state.jumps()) {
      Optional<Hook> hook = hookOf(jump.builtInChain());
      List<Rule> rule = rules(where + jump.builtInChain(), List.of(jump.rule()));
      hook.ifPresent(from -> rule.forEach(r -> entries.add(new Entry(from, r))));
    }
    return new TableProgram(table, read, entries);
  }

  private List<Rule> rules(String where, List<String> lines) {
    List<Rule> rules = new ArrayList<>();
    for (String line : lines) {
      RuleReader.read(line).ifPresentOrElse(rules::add, () -> strange.add(where + ": " + line));
    }
    return rules;
  }

  private static Optional<Table> tableOf(String name) {
    for (Table table : Table.values()) {
      if (table.spelling().equals(name)) {
        return Optional.of(table);
      }
    }
    return Optional.empty();
  }

  private static Optional<Hook> hookOf(String name) {
    for (Hook hook : Hook.values()) {
      if (hook.name().equals(name.toUpperCase(Locale.ROOT))) {
        return Optional.of(hook);
      }
    }
    return Optional.empty();
  }
}
