// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The rules of one table in the order in which Istio emits them for nft. Single-threaded. */
final class NftLines {
  private final String table;
  private final Map<String, String> chains;
  private final List<Line> lines = new ArrayList<>();

  /**
   * Starts empty.
   *
   * @param chains in the order in which they are made, each with its definition
   */
  NftLines(String table, Map<String, String> chains) {
    this.table = "inet " + table;
    this.chains = chains;
  }

  void append(String chain, String rule) {
    lines.add(new Line(chain, rule, OptionalInt.empty()));
  }

  /** At a place, 0 being the first. */
  void insert(String chain, int index, String rule) {
    lines.add(new Line(chain, rule, OptionalInt.of(index)));
  }

  /** The commands; none if there are no rules. */
  List<String> script() {
    if (lines.isEmpty()) {
      return List.of();
    }
    List<String> script = new ArrayList<>(List.of("add table " + table, "flush table " + table));
    chains.forEach(
        (chain, definition) -> {
          if (lines.stream().anyMatch(line -> line.chain.equals(chain))) {
            script.add(("add chain " + table + " " + chain + definition));
          }
        });
    // nft refuses a place behind the last rule, also that in an empty chain.
    Map<String, Integer> rules = new HashMap<>();
    for (Line line : lines) {
      int before = rules.merge(line.chain, 1, Integer::sum) - 1;
      boolean inserted = line.index.isPresent() && line.index.getAsInt() < before;
      script.add(
          (inserted ? "insert" : "add")
              + " rule "
              + table
              + " "
              + line.chain
              + (inserted ? " index " + line.index.getAsInt() : "")
              + " "
              + line.rule);
    }
    return script;
  }

  private record Line(String chain, String rule, OptionalInt index) {}
}
