// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.Comparator;
import java.util.List;

/**
 * One chain as a backend lists it. Immutable.
 *
 * @param name one of ours, or a built-in one, of which only the rules that are ours are listed
 * @param rules in order, in the backend's own words
 */
public record ListedChain(Family family, Table table, String name, List<String> rules) {
  /** The order of a listing. */
  public static final Comparator<ListedChain> ORDER =
      Comparator.comparing(ListedChain::family)
          .thenComparing(ListedChain::table)
          .thenComparing(ListedChain::name);

  /** Copies {@code rules}. */
  public ListedChain {
    rules = List.copyOf(rules);
  }
}
