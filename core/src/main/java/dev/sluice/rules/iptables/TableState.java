// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Rule;
import dev.sluice.rules.TableProgram;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What of ours one table holds, in the text of iptables: what is there, or what is to be there.
 *
 * @param chains rules without {@code -A CHAIN}, in order, by chain; a line that starts with {@code
 *     #} is a remark
 * @param jumps from built-in chains
 * @param foreign chains in which somebody else has a rule or a policy, and those that aren't ours;
 *     empty for what is wanted
 */
public record TableState(Map<String, List<String>> chains, List<Jump> jumps, Set<String> foreign) {
  public static final TableState EMPTY = new TableState(Map.of(), List.of(), Set.of());

  /** Where a jump goes that is new: behind everybody else's rules. */
  static final int AT_THE_END = 0;

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
    List<Jump> jumps =
        program.entries().stream()
            .map(e -> new Jump(e.hook().name(), AT_THE_END, IptablesText.rule(e.rule())))
            .toList();
    return new TableState(chains, jumps, Set.of());
  }

  boolean isEmpty() {
    return chains.isEmpty() && jumps.isEmpty();
  }
}
