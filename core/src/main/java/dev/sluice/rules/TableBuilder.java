// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the rules of one table, chains in the order of their first rule. Single-threaded. */
final class TableBuilder {
  private final Table table;
  private final Map<String, List<Rule>> chains = new LinkedHashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  TableBuilder(Table table) {
    this.table = table;
  }

  TableBuilder rule(String chain, String why, Target target, Match... matches) {
    chains
        .computeIfAbsent(chain, _ -> new ArrayList<>())
        .add(new Rule(why, List.of(matches), target));
    return this;
  }

  TableBuilder enter(Hook hook, String why, String chain, Match... matches) {
    entries.add(new Entry(hook, new Rule(why, List.of(matches), new Target.Call(chain))));
    return this;
  }

  TableProgram build() {
    List<Chain> built = new ArrayList<>();
    chains.forEach((name, rules) -> built.add(new Chain(name, rules)));
    return new TableProgram(table, built, entries);
  }
}
