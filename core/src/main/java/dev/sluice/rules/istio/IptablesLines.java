// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Rules of one family in the order in which istio-iptables emits them. Single-threaded. */
final class IptablesLines {
  private static final Set<String> NOT_MADE =
      Set.of("INPUT", "OUTPUT", "FORWARD", "PREROUTING", "POSTROUTING", "ACCEPT", "RETURN", "DROP");

  private final List<Line> lines = new ArrayList<>();

  /** A rule at the end of the chain. */
  void append(String chain, String table, String rule) {
    lines.add(new Line(chain, table, "-A " + chain, rule));
  }

  /** A rule at a place, 1 being the first; its line stands where it was emitted. */
  void insert(String chain, String table, int position, String rule) {
    lines.add(new Line(chain, table, "-I " + chain + " " + position, rule));
  }

  /** What iptables-restore is fed, without the last line feed. */
  List<String> restore() {
    Map<String, List<String>> tables = new TreeMap<>();
    newChains()
        .forEach(
            made ->
                tables.computeIfAbsent(made.table, _ -> new ArrayList<>()).add("-N " + made.chain));
    lines.forEach(
        line ->
            tables
                .computeIfAbsent(line.table, _ -> new ArrayList<>())
                .add(line.command + " " + line.rule));
    List<String> text = new ArrayList<>();
    tables.forEach(
        (table, content) -> {
          text.add("* " + table);
          text.addAll(content);
          text.add("COMMIT");
        });
    return text;
  }

  /** The arguments with which the rules are taken out again, the last one first. */
  List<String> undo() {
    List<String> commands = new ArrayList<>();
    for (Line line : lines.reversed()) {
      boolean flushed = line.chain.startsWith("ISTIO_") && !line.rule.contains("-j ISTIO_");
      if (!flushed) {
        commands.add("-t " + line.table + " -D " + line.chain + " " + line.rule);
      }
    }
    Set<Made> chains = new LinkedHashSet<>();
    lines.reversed().forEach(line -> chains.add(new Made(line.chain, line.table)));
    for (Made made : chains) {
      if (!NOT_MADE.contains(made.chain)) {
        commands.add("-t " + made.table + " -F " + made.chain);
        commands.add("-t " + made.table + " -X " + made.chain);
      }
    }
    return commands;
  }

  /** Chains with rules first, then those that are only jumped to. */
  private List<Made> newChains() {
    Set<Made> chains = new LinkedHashSet<>();
    lines.forEach(line -> chains.add(new Made(line.chain, line.table)));
    for (Line line : lines) {
      String[] words = line.rule.split(" ", -1);
      if (words.length >= 2 && words[words.length - 2].equals("-j")) {
        chains.add(new Made(words[words.length - 1], line.table));
      }
    }
    return chains.stream().filter(made -> !NOT_MADE.contains(made.chain)).toList();
  }

  private record Line(String chain, String table, String command, String rule) {}

  private record Made(String chain, String table) {}
}
