// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/**
 * What one table of one family holds. Immutable.
 *
 * @param chains in the order in which they are made
 * @param entries in the order in which they are appended to the built-in chains
 */
public record TableProgram(Table table, List<Chain> chains, List<Entry> entries) {
  /** Copies both lists. */
  public TableProgram {
    chains = List.copyOf(chains);
    entries = List.copyOf(entries);
  }

  /** The jumps from that built-in chain, in order. */
  public List<Rule> entriesOf(Hook hook) {
    return entries.stream().filter(entry -> entry.hook() == hook).map(Entry::rule).toList();
  }
}
