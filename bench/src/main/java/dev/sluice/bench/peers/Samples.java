// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What was measured: by metric, variant and round. A round in which a variant failed has no value.
 * Confined to one thread.
 */
final class Samples {
  private final int rounds;
  private final Map<Metric, Map<String, double[]>> values = new EnumMap<>(Metric.class);

  Samples(int rounds) {
    this.rounds = rounds;
  }

  int rounds() {
    return rounds;
  }

  void add(Metric metric, String variant, int round, double value) {
    values.computeIfAbsent(metric, _ -> new HashMap<>())
            .computeIfAbsent(variant, _ -> filled())[round] =
        value;
  }

  /** The values of all rounds that have one, in their order. */
  double[] of(Metric metric, String variant) {
    return DoubleStream.of(row(metric, variant)).filter(value -> !Double.isNaN(value)).toArray();
  }

  /** The best round. */
  OptionalDouble best(Metric metric, String variant) {
    DoubleStream stream = DoubleStream.of(of(metric, variant));
    return metric.moreIsBetter() ? stream.max() : stream.min();
  }

  OptionalDouble median(Metric metric, String variant) {
    return median(of(metric, variant));
  }

  /** The median of the ratios to {@code reference} of each round. */
  OptionalDouble ratio(Metric metric, String variant, String reference) {
    return median(ratios(metric, variant, reference));
  }

  /**
   * How far the ratios of the rounds lie apart: half of what is between their quartiles, 0 for one
   * round.
   */
  OptionalDouble spread(Metric metric, String variant, String reference) {
    double[] sorted = ratios(metric, variant, reference);
    Arrays.sort(sorted);
    return sorted.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2);
  }

  private double[] ratios(Metric metric, String variant, String reference) {
    double[] measured = row(metric, variant);
    double[] compared = row(metric, reference);
    return IntStream.range(0, rounds)
        .mapToDouble(round -> measured[round] / compared[round])
        .filter(Double::isFinite)
        .toArray();
  }

  /** Between two values in proportion. */
  private static double quantile(double[] sorted, double part) {
    double place = part * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  private double[] row(Metric metric, String variant) {
    double[] found = values.getOrDefault(metric, Map.of()).get(variant);
    return found == null ? filled() : found;
  }

  private double[] filled() {
    double[] empty = new double[rounds];
    Arrays.fill(empty, Double.NaN);
    return empty;
  }

  private static OptionalDouble median(double[] unsorted) {
    double[] sorted = unsorted.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    if (sorted.length == 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
  }
}
