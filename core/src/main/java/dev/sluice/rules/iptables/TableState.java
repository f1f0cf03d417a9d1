// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.iptables.SavedTable.SavedChain;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What of ours one table holds, in the text of iptables: what is there, or what is to be there.
 *
 * @param chains rules without {@code -A CHAIN}, in order, by chain; a line that starts with {@code
 *     #} is a remark
 * @param jumps from built-in chains
 * @param foreign chains in which somebody else has a rule or a policy, and those that aren't ours;
 *     empty for what is wanted
 */
record TableState(Map<String, List<String>> chains, List<Jump> jumps, Set<String> foreign) {
  static final TableState EMPTY = new TableState(Map.of(), List.of(), Set.of());

  /** Where a jump goes that is new: behind everybody else's rules. */
  static final int AT_THE_END = 0;

  /** Stands for chains whose names aren't known; no chain can be called that. */
  private static final String UNLISTED = "(unlisted)";

  /**
   * A rule of a built-in chain that calls one of ours.
   *
   * @param position counted from 1, or {@link #AT_THE_END}
   * @param rule without {@code -A CHAIN}
   */
  record Jump(String builtInChain, int position, String rule) {
    boolean sameRule(Jump other) {
      return builtInChain.equals(other.builtInChain) && rule.equals(other.rule);
    }
  }

  /** What is wanted. */
  static TableState of(TableProgram program) {
    Map<String, List<String>> chains = new LinkedHashMap<>();
    for (Chain chain : program.chains()) {
      List<String> lines = new ArrayList<>();
      for (Rule rule : chain.rules()) {
        lines.add(IptablesText.comment(rule));
        lines.add(IptablesText.rule(rule));
      }
      chains.put(chain.name(), lines);
    }
    // A guard must see packets before anybody accepts them.
    boolean guard = program.table() == Table.FILTER;
    List<Jump> jumps =
        program.entries().stream()
            .map(
                e -> new Jump(e.hook().name(), guard ? 1 : AT_THE_END, IptablesText.rule(e.rule())))
            .toList();
    return new TableState(chains, jumps, Set.of());
  }

  /** What is there of that owner's. */
  static TableState of(SavedTable table, Ownership owner) {
    TableState state =
        new TableState(new LinkedHashMap<>(), new ArrayList<>(), new LinkedHashSet<>());
    if (!table.complete()) {
      state.foreign.add(UNLISTED);
    }
    table.chains().forEach((name, chain) -> state.sort(name, chain, owner));
    return state;
  }

  private void sort(String name, SavedChain chain, Ownership owner) {
    if (owner.ownsChain(name)) {
      chains.put(name, chain.rules());
      return;
    }
    // A built-in chain that nobody touched has ACCEPT.
    if (!chain.policy().equals("ACCEPT")) {
      foreign.add(name);
    }
    for (int i = 0; i < chain.rules().size(); i++) {
      String rule = chain.rules().get(i);
      if (owner.ownsRule(rule)) {
        jumps.add(new Jump(name, i + 1, rule));
      } else {
        foreign.add(name);
      }
    }
  }

  /** Whether packets see no difference: the same rules in the same order. */
  boolean doesTheSameAs(TableState other) {
    return canonicalChains().equals(other.canonicalChains())
        && canonicalJumps().equals(other.canonicalJumps());
  }

  /** Rules in the one form in which they compare, by chain. */
  Map<String, List<String>> canonicalChains() {
    Map<String, List<String>> canonical = new TreeMap<>();
    chains.forEach((name, lines) -> canonical.put(name, canonical(lines)));
    return canonical;
  }

  /** The same for the jumps, by built-in chain. */
  Map<String, List<String>> canonicalJumps() {
    Map<String, List<String>> canonical = new TreeMap<>();
    for (Jump jump : jumps) {
      canonical
          .computeIfAbsent(jump.builtInChain(), _ -> new ArrayList<>())
          .add(RuleReader.canonical(jump.rule()));
    }
    return canonical;
  }

  private static List<String> canonical(List<String> lines) {
    return lines.stream().filter(line -> !line.startsWith("#")).map(RuleReader::canonical).toList();
  }

  boolean isEmpty() {
    return chains.isEmpty() && jumps.isEmpty();
  }
}
