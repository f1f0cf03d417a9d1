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
    return rule(chain, why, target, List.of(matches));
  }

  TableBuilder rule(String chain, String why, Target target, List<Match> matches) {
    chains.computeIfAbsent(chain, _ -> new ArrayList<>()).add(new Rule(why, matches, target));
    return this;
  }

  /** Enters the chain from the hook; does nothing if the chain has no rules. */
  TableBuilder enter(Hook hook, String why, String chain, Match... matches) {
    if (chains.containsKey(chain)) {
      entries.add(new Entry(hook, new Rule(why, List.of(matches), new Target.Call(chain))));
    }
    return this;
  }

  /** Whether a rule calls the chain. */
  boolean calls(String chain) {
    Target call = new Target.Call(chain);
    return chains.values().stream()
        .flatMap(List::stream)
        .anyMatch(rule -> rule.target().equals(call));
  }

  TableProgram build() {
    List<Chain> built = new ArrayList<>();
    chains.forEach((name, rules) -> built.add(new Chain(name, rules)));
    return new TableProgram(table, built, entries);
  }
}
