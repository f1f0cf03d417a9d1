// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BiFunction;

/** A run as tables. A variant that failed has no row anywhere. Immutable; pure. */
final class Report {
  /** Further apart, the two direct connections make ratios worthless. */
  static final double MOST_NOISE = 0.10;

  private final List<String> measured;
  private final Samples samples;
  private final Map<Metric, Double> noise = new EnumMap<>(Metric.class);

  /** {@code measured} are the names of the variants that were. */
  Report(List<String> measured, Samples samples) {
    this.measured = List.copyOf(measured);
    this.samples = samples;
    for (Metric metric : Metric.values()) {
      OptionalDouble ratio = samples.ratio(metric, Variant.DIRECT_AGAIN, Variant.DIRECT);
      OptionalDouble spread = samples.spread(metric, Variant.DIRECT_AGAIN, Variant.DIRECT);
      if (ratio.isPresent() && spread.isPresent()) {
        noise.put(metric, Math.max(Math.abs(1 - ratio.getAsDouble()), spread.getAsDouble()));
      }
    }
  }

  /**
   * How far a direct connection differs from itself, in the median of the rounds or, if that is
   * more, from one round to another: 0.05 is 5 %.
   */
  Map<Metric, Double> noise() {
    return Map.copyOf(noise);
  }

  /** The metrics that the machine was too busy for. */
  List<Metric> tooNoisy() {
    return Arrays.stream(Metric.values())
        .filter(metric -> noise.getOrDefault(metric, 0.0) > MOST_NOISE)
        .toList();
  }

  /** Empty where the machine was too busy for a ratio. */
  OptionalDouble ratio(Metric metric, String variant, String reference) {
    return tooNoisy().contains(metric)
        ? OptionalDouble.empty()
        : samples.ratio(metric, variant, reference);
  }

  /** What the columns mean, and how far the direct connections differ. */
  String legend() {
    StringBuilder text = new StringBuilder();
    for (Metric metric : Metric.values()) {
      text.append(
          String.format(
              Locale.ROOT, "%-13s %s%s%n", metric.title(), metric.meaning(), spread(metric)));
    }
    return text.toString();
  }

  private String spread(Metric metric) {
    Double spread = noise.get(metric);
    if (spread == null) {
      return "";
    }
    return String.format(Locale.ROOT, "; noise %.1f %%", 100 * spread)
        + (spread > MOST_NOISE ? ": the machine is too busy for ratios" : "");
  }

  List<Table> tables() {
    List<Table> tables = new ArrayList<>();
    tables.add(table("Median of %d rounds".formatted(samples.rounds()), true, samples::median));
    tables.add(table("Best round", true, samples::best));
    tables.add(
        table(
            "x direct, median of the ratios of each round",
            false,
            (metric, variant) -> ratio(metric, variant, Variant.DIRECT)));
    if (measured.contains(Variant.HAPROXY)) {
      tables.add(
          table(
              "x HAProxy without splice, median of the ratios of each round",
              true,
              (metric, variant) -> ratio(metric, variant, Variant.HAPROXY)));
    }
    return tables;
  }

  private Table table(
      String title, boolean memory, BiFunction<Metric, String, OptionalDouble> value) {
    List<Metric> metrics =
        Arrays.stream(Metric.values()).filter(metric -> memory || metric.hasDirect()).toList();
    List<String> head = new ArrayList<>(List.of(""));
    metrics.forEach(metric -> head.add(metric.title()));
    List<List<String>> rows = new ArrayList<>();
    for (String variant : measured) {
      List<String> row = new ArrayList<>(List.of(variant));
      metrics.forEach(metric -> row.add(Figures.of(value.apply(metric, variant))));
      rows.add(row);
    }
    return new Table(title, head, rows);
  }
}
