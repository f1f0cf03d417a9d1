// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * A cost against a number that grows, round by round. The smallest number stands there twice, under
 * two names, one after the other: how far the two differ is the noise. Pure.
 */
final class Growth {
  private final List<Integer> sizes;
  private final double[][] rounds;

  /**
   * Becomes the owner of {@code rounds}.
   *
   * @param sizes the numbers; the first two are the same
   * @param rounds the costs, by size and round
   */
  Growth(List<Integer> sizes, double[][] rounds) {
    if (sizes.size() < 2 || !sizes.get(0).equals(sizes.get(1)) || rounds.length != sizes.size()) {
      throw new IllegalArgumentException(
          sizes + " with " + rounds.length + " rows; expected the first size twice");
    }
    this.sizes = List.copyOf(sizes);
    this.rounds = rounds;
  }

  List<Integer> sizes() {
    return sizes;
  }

  /** The costs of each round. */
  double[] rounds(int index) {
    return rounds[index].clone();
  }

  /** How far the smallest number differs from itself: 0.05 is 5 %. */
  double noise() {
    return Math.abs(1 - medianRatio(1));
  }

  /** Further apart, no ratio is shown. */
  boolean isTooNoisy() {
    return noise() > Report.MOST_NOISE;
  }

  double best(int index) {
    return Arrays.stream(rounds[index]).min().orElseThrow();
  }

  double median(int index) {
    return median(Arrays.stream(rounds[index]).sorted().toArray());
  }

  /** To the smallest number, median of the ratios of each round; empty if the noise forbids it. */
  OptionalDouble ratio(int index) {
    return isTooNoisy() ? OptionalDouble.empty() : OptionalDouble.of(medianRatio(index));
  }

  private double medianRatio(int index) {
    return median(
        IntStream.range(0, rounds[0].length)
            .mapToDouble(round -> rounds[index][round] / rounds[0][round])
            .sorted()
            .toArray());
  }

  private static double median(double[] sorted) {
    return sorted[sorted.length / 2];
  }
}
