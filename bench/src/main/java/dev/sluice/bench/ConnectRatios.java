// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What a connect and close costs by each way of interception, side by side in one run: {@code
 * scripts/bench --connect}. Rounds in shuffled order, and the median of the ratios of each round to
 * the direct connection of the same round, since machines are shared and noisy. The direct
 * connection runs under two names; how far they differ is the noise, and beyond {@link #MOST_NOISE}
 * no ratio is printed.
 */
public final class ConnectRatios {
  private static final int ROUNDS = 31;
  private static final int CONNECTIONS = 1_000;
  private static final double MOST_NOISE = 0.10;

  private ConnectRatios() {}

  /** Runs all of it; ends with 1 if the machine was too busy for ratios. */
  public static void main(String[] arguments) throws Exception {
    // Not from inside: leaving the process would leave what the variants made.
    System.exit(isQuietEnough() ? 0 : 1);
  }

  private static boolean isQuietEnough() throws Exception {
    try (ConnectVariants variants = ConnectVariants.create()) {
      System.out.print(variants.setUpTimes());
      double[][] nanos = measure(variants.all());
      double noise = Math.abs(1 - medianRatio(nanos[1], nanos[0]));
      print(variants.all(), nanos, noise);
      return noise <= MOST_NOISE;
    }
  }

  /** Nanoseconds a connection, by variant and round. */
  private static double[][] measure(List<ConnectVariants.Variant> variants) throws Exception {
    double[][] nanos = new double[variants.size()][ROUNDS];
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < variants.size(); i++) {
      order.add(i);
      variants.get(i).run(CONNECTIONS); // a warm-up that doesn't count
    }
    Random random = new Random(42);
    for (int round = 0; round < ROUNDS; round++) {
      System.err.printf(Locale.ROOT, "round %d of %d%n", round + 1, ROUNDS);
      Collections.shuffle(order, random);
      for (int i : order) {
        nanos[i][round] = variants.get(i).run(CONNECTIONS);
      }
    }
    return nanos;
  }

  private static void print(List<ConnectVariants.Variant> variants, double[][] nanos, double noise)
      throws IOException {
    System.out.printf(
        Locale.ROOT,
        "connect and close, %d rounds of %d connections, noise %.1f %%%n",
        ROUNDS,
        CONNECTIONS,
        100 * noise);
    System.out.printf(Locale.ROOT, "%-34s %10s %10s%n", "", "us, median", "x direct");
    for (int i = 0; i < nanos.length; i++) {
      String ratio =
          noise > MOST_NOISE
              ? "-"
              : String.format(Locale.ROOT, "%.2f", medianRatio(nanos[i], nanos[0]));
      System.out.printf(
          Locale.ROOT,
          "%-34s %10.1f %10s%n",
          variants.get(i).name(),
          median(nanos[i]) / 1_000,
          ratio);
    }
    if (noise > MOST_NOISE) {
      System.out.println("the machine is too busy: direct differs from itself by more than 10 %");
    }
  }

  private static double medianRatio(double[] measured, double[] reference) {
    double[] ratios = new double[measured.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = measured[i] / reference[i];
    }
    return median(ratios);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
