// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.drawing.Markup;
import dev.sluice.lab.party.LatencySample;
import dev.sluice.lab.scenario.Latency;
import dev.sluice.lab.scenario.Latency.Summary;
import dev.sluice.lab.scenario.ScenarioResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Median and 99th percentile of connect and of a round trip on a logarithmic axis, intercepted
 * above direct, one row for each scenario and family that was timed. Pure.
 */
final class LatencyPlot {
  private static final int WIDTH = 1100;
  private static final int NAMES = 190;
  private static final int NUMBERS = 150;
  private static final int ROW = 46;
  private static final int TOP = 34;
  private static final int BOTTOM = 26;

  private final Markup svg = new Markup();
  private final List<ScenarioResult> timed;
  private final Function<List<LatencySample>, Summary> summary;
  private final double lowest;
  private final double highest;

  private LatencyPlot(List<ScenarioResult> timed, Function<List<LatencySample>, Summary> summary) {
    this.timed = timed;
    this.summary = summary;
    List<Long> values = new ArrayList<>();
    for (ScenarioResult result : timed) {
      result.latency().ifPresent(latency -> collect(latency, values));
    }
    long least = values.stream().mapToLong(Long::longValue).min().orElse(1_000);
    long most = values.stream().mapToLong(Long::longValue).max().orElse(1_000_000);
    this.lowest = Math.log10(Math.max(1_000, least * 0.8));
    this.highest = Math.log10(Math.max(10_000, most * 1.15));
  }

  /** {@code title} names what was timed. */
  static Markup draw(
      String title, List<ScenarioResult> results, Function<List<LatencySample>, Summary> summary) {
    List<ScenarioResult> timed =
        results.stream().filter(result -> result.latency().isPresent()).toList();
    LatencyPlot plot = new LatencyPlot(timed, summary);
    plot.axis(title);
    for (int i = 0; i < timed.size(); i++) {
      plot.row(i);
    }
    return plot.svg.raw("</svg>");
  }

  private void collect(Latency latency, List<Long> values) {
    for (List<LatencySample> samples : List.of(latency.intercepted(), latency.direct())) {
      if (!samples.isEmpty()) {
        values.add(summary.apply(samples).medianNanos());
        values.add(summary.apply(samples).p99Nanos());
      }
    }
  }

  private void axis(String title) {
    int height = TOP + timed.size() * ROW + BOTTOM;
    svg.fill("<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">", WIDTH, height, title);
    svg.fill("<text class=\"title\" x=\"0\" y=\"16\">%s</text>", title);
    svg.fill(
        "<text class=\"small\" x=\"%s\" y=\"16\" text-anchor=\"end\">median … p99</text>", WIDTH);
    for (long decade = 1_000; decade <= 10_000_000_000L; decade *= 10) {
      for (long factor : new long[] {1, 2, 5}) {
        tick(decade * factor, factor == 1, height);
      }
    }
  }

  private void tick(long nanos, boolean strong, int height) {
    double position = Math.log10((double) nanos);
    if (position < lowest || position > highest) {
      return;
    }
    int x = x(nanos);
    svg.fill(
        "<line class=\"grid\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" opacity=\"%s\"/>",
        x, TOP - 6, x, height - BOTTOM, strong ? "1" : "0.5");
    svg.fill(
        "<text class=\"small\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>",
        x, height - BOTTOM + 16, duration(nanos));
  }

  private int x(long nanos) {
    double share = (Math.log10((double) Math.max(1_000, nanos)) - lowest) / (highest - lowest);
    return (int) Math.round(NAMES + share * (WIDTH - NAMES - NUMBERS));
  }

  private void row(int index) {
    ScenarioResult result = timed.get(index);
    int y = TOP + index * ROW;
    svg.fill(
        "<text x=\"0\" y=\"%s\">%s</text><text class=\"small\" x=\"0\" y=\"%s\">%s</text>",
        y + 15, result.scenario().name(), y + 30, result.family().text());
    result
        .latency()
        .ifPresent(
            latency -> {
              mark(latency.intercepted(), y + 11, "");
              mark(latency.direct(), y + 26, "-direct");
            });
  }

  private void mark(List<LatencySample> samples, int y, String variant) {
    if (samples.isEmpty()) {
      return;
    }
    Summary values = summary.apply(samples);
    svg.fill(
        "<line class=\"tail%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>",
        variant, x(values.medianNanos()), y, x(values.p99Nanos()), y);
    svg.fill(
        "<line class=\"tail%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>",
        variant, x(values.p99Nanos()), y - 4, x(values.p99Nanos()), y + 4);
    svg.fill(
        "<circle class=\"dot%s\" cx=\"%s\" cy=\"%s\" r=\"4.5\"/>",
        variant, x(values.medianNanos()), y);
    svg.fill(
        "<text class=\"small\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s … %s</text>",
        WIDTH, y + 4, duration(values.medianNanos()), duration(values.p99Nanos()));
  }

  static String duration(long nanos) {
    if (nanos < 1_000_000) {
      return Math.round(nanos / 1e3) + " µs";
    }
    double millis = nanos / 1e6;
    return millis == Math.rint(millis)
        ? Math.round(millis) + " ms"
        : String.format(java.util.Locale.ROOT, "%.1f ms", millis);
  }
}
