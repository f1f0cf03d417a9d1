// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.lab.party.LatencySample;
import dev.sluice.lab.scenario.Latency;
import dev.sluice.lab.scenario.ScenarioResult;
import dev.sluice.lab.scenario.Sightings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One line for each result: the addresses of its first connection as each party saw them, and the
 * medians. Pure.
 */
final class SummaryTable {
  private static final List<String> HEADINGS =
      List.of(
          "verdict",
          "scenario",
          "family",
          "dialled",
          "original destination",
          "server saw",
          "connect (direct)",
          "round trip (direct)");

  private SummaryTable() {}

  /** Ends with a newline. */
  static String of(List<ScenarioResult> results) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    results.forEach(result -> rows.add(row(result)));
    int[] widths = new int[HEADINGS.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static List<String> row(ScenarioResult result) {
    Sightings seen = result.sightings();
    List<String> original = seen.originalDestinations().stream().distinct().toList();
    return List.of(
        result.verdict(),
        result.scenario().name(),
        result.family().text(),
        orDash(seen.client().to()),
        orDash(String.join(", ", original)),
        orDash(seen.server().from()),
        medians(result, Latency::connect),
        medians(result, Latency::roundTrip));
  }

  private static String medians(
      ScenarioResult result, Function<List<LatencySample>, Latency.Summary> summary) {
    return result
        .latency()
        .map(
            latency -> {
              String direct = LatencyPlot.duration(summary.apply(latency.direct()).medianNanos());
              return latency.intercepted().isEmpty()
                  ? "(" + direct + ")"
                  : LatencyPlot.duration(summary.apply(latency.intercepted()).medianNanos())
                      + " ("
                      + direct
                      + ")";
            })
        .orElse("");
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }
}
