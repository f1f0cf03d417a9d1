// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What a connect and close costs by each way of interception, side by side in one run, and how long
 * it takes to put each in force: {@code scripts/bench --connect}. Many short rounds in shuffled
 * order, and the median of the ratios of each round to a connection that nothing intercepts in the
 * same round, since machines are shared and noisy. That connection runs under two names; how far
 * they differ is the noise, and beyond {@link #MOST_NOISE} no ratio is printed.
 */
public final class ConnectRatios {
  private static final int ROUNDS = 151;
  private static final int CONNECTIONS = 200;
  private static final double MOST_NOISE = 0.10;

  private ConnectRatios() {}

  /** Runs all of it; ends with 1 if the machine was too busy for ratios. */
  public static void main(String[] arguments) throws Exception {
    OrderlyEnd end = OrderlyEnd.onSignal();
    boolean quiet = false;
    try {
      quiet = isQuietEnough(end);
    } catch (OrderlyEnd.Wanted e) {
      System.err.println("bench: interrupted; removed what it had made");
    } finally {
      end.hasEnded();
    }
    System.exit(quiet ? 0 : 1);
  }

  private static boolean isQuietEnough(OrderlyEnd end) throws Exception {
    System.out.print(Machine.description());
    System.out.print(SetUpTimes.measure(end));
    try (ConnectVariants variants = ConnectVariants.create(end)) {
      double[][] nanos = measure(variants.all(), end);
      double noise = Math.abs(1 - quartile(ratios(nanos[1], nanos[0]), 2));
      print(variants.all(), nanos, noise);
      return noise <= MOST_NOISE;
    }
  }

  /** Nanoseconds a connection, by variant and round. */
  private static double[][] measure(List<ConnectVariants.Variant> variants, OrderlyEnd end)
      throws Exception {
    double[][] nanos = new double[variants.size()][ROUNDS];
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < variants.size(); i++) {
      order.add(i);
      end.check();
      variants.get(i).run(CONNECTIONS); // a warm-up that doesn't count
    }
    Random random = new Random(42);
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 10 == 0) {
        System.err.printf(Locale.ROOT, "round %d of %d%n", round + 1, ROUNDS);
      }
      Collections.shuffle(order, random);
      for (int i : order) {
        end.check();
        nanos[i][round] = variants.get(i).run(CONNECTIONS);
      }
    }
    return nanos;
  }

  private static void print(
      List<ConnectVariants.Variant> variants, double[][] nanos, double noise) {
    System.out.printf(
        Locale.ROOT,
        "connect and close over loopback, %d rounds of %d connections, noise %.1f %%%n",
        ROUNDS,
        CONNECTIONS,
        100 * noise);
    System.out.printf(
        Locale.ROOT,
        "%-38s %9s %11s %18s   %s%n",
        "",
        "us, best",
        "us, median",
        "x no interception",
        "half of the rounds");
    for (int i = 0; i < nanos.length; i++) {
      double[] micros = Arrays.stream(nanos[i]).map(value -> value / 1_000).sorted().toArray();
      System.out.printf(
          Locale.ROOT,
          "%-38s %9.1f %11.1f %s%n",
          variants.get(i).name(),
          micros[0],
          quartile(micros, 2),
          noise > MOST_NOISE ? "" : ratio(ratios(nanos[i], nanos[0])));
    }
    if (noise > MOST_NOISE) {
      System.out.println(
          "the machine is too busy: no interception differs from itself by more than 10 %");
    }
  }

  private static String ratio(double[] sorted) {
    return String.format(
        Locale.ROOT,
        "%18.2f   %.2f to %.2f",
        quartile(sorted, 2),
        quartile(sorted, 1),
        quartile(sorted, 3));
  }

  /** Round by round, sorted. */
  private static double[] ratios(double[] measured, double[] reference) {
    double[] ratios = new double[measured.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = measured[i] / reference[i];
    }
    Arrays.sort(ratios);
    return ratios;
  }

  /** The second is the median. */
  private static double quartile(double[] sorted, int number) {
    return sorted[sorted.length * number / 4];
  }
}
