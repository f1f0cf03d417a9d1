// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.lab.party.LatencySample;
import dev.sluice.lab.scenario.Claim;
import dev.sluice.lab.scenario.Latency;
import dev.sluice.lab.scenario.ScenarioResult;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The results as plain text: every claim with what was seen and by whom, then a summary. Pure. */
public final class TableReport {
  private TableReport() {}

  /** Ends with a newline. */
  public static String of(List<ScenarioResult> results) {
    StringBuilder text = new StringBuilder();
    results.forEach(result -> scenario(text, result));
    text.append(SummaryTable.of(results)).append('\n');
    long passed = results.stream().filter(ScenarioResult::passed).count();
    long failed = results.stream().filter(ScenarioResult::failed).count();
    long notRun = results.size() - passed - failed;
    text.append("%d scenarios: %d passed, %d failed".formatted(results.size(), passed, failed))
        .append(notRun == 0 ? "\n" : ", %d not run\n".formatted(notRun));
    return text.toString();
  }

  private static void scenario(StringBuilder text, ScenarioResult result) {
    text.append(
        "%s  %s, %s: %s\n"
            .formatted(
                result.verdict(),
                result.scenario().name(),
                result.family().text(),
                result.scenario().title()));
    result.notRun().ifPresent(reason -> text.append("  ").append(reason).append('\n'));
    int claimWidth = width(result, Claim::text);
    int observedWidth = width(result, Claim::observed);
    for (Claim claim : result.claims()) {
      String agreement = claim.passed() ? "" : "   EXPECTED " + claim.expected();
      text.append(
          "  %s %s  %s  %s%s\n"
              .formatted(
                  claim.passed() ? "+" : "-",
                  padded(claim.text(), claimWidth),
                  padded(claim.observed(), observedWidth),
                  claim.source(),
                  agreement));
    }
    for (Map.Entry<String, Long> rule : result.countedRules().entrySet()) {
      text.append("    %6d packets  %s\n".formatted(rule.getValue(), rule.getKey()));
    }
    if (result.notRun().isEmpty()) {
      text.append("    path, traced  ")
          .append(TraceLine.of(result.sightings().traced()))
          .append('\n');
    }
    result.latency().ifPresent(latency -> latency(text, latency));
    text.append('\n');
  }

  private static void latency(StringBuilder text, Latency latency) {
    timed(text, "connect", latency, Latency::connect);
    timed(text, "round trip", latency, Latency::roundTrip);
  }

  private static void timed(
      StringBuilder text,
      String what,
      Latency latency,
      Function<List<LatencySample>, Latency.Summary> summary) {
    text.append("    %-10s".formatted(what));
    if (!latency.intercepted().isEmpty()) {
      text.append("  intercepted ").append(pair(summary.apply(latency.intercepted())));
    }
    text.append("  direct ").append(pair(summary.apply(latency.direct()))).append('\n');
  }

  private static String pair(Latency.Summary summary) {
    return "median "
        + LatencyPlot.duration(summary.medianNanos())
        + ", p99 "
        + LatencyPlot.duration(summary.p99Nanos());
  }

  private static int width(ScenarioResult result, Function<Claim, String> column) {
    return result.claims().stream().map(column).mapToInt(String::length).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }
}
