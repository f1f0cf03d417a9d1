// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Figures in rows: the first column is words, the others are numbers. Immutable. */
record Table(String title, List<String> head, List<List<String>> rows) {
  Table {
    head = List.copyOf(head);
    rows = List.copyOf(rows);
  }

  /** For a terminal. */
  String text() {
    List<List<String>> lines = new ArrayList<>(List.of(head));
    lines.addAll(rows);
    int[] widths =
        IntStream.range(0, head.size())
            .map(
                i ->
                    lines.stream()
                        .mapToInt(line -> Math.max(1, line.get(i).length()))
                        .max()
                        .orElse(1))
            .toArray();
    return title
        + "\n"
        + lines.stream()
            .map(
                line ->
                    IntStream.range(0, line.size())
                        .mapToObj(
                            i ->
                                String.format(
                                    i == 0 ? "%-" + widths[i] + "s" : "%" + widths[i] + "s",
                                    line.get(i)))
                        .collect(Collectors.joining("  "))
                        .stripTrailing())
            .collect(Collectors.joining("\n"))
        + "\n";
  }

  /** For a page. */
  String markdown() {
    return "**"
        + title
        + "**\n\n"
        + row(head)
        + row(head.stream().map(_ -> "---").toList())
        + rows.stream().map(Table::row).collect(Collectors.joining());
  }

  private static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }
}
