// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.LatencySample;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What interception costs, measured between the same two processes on the same topology within
 * seconds: with rules and proxies, and after both were removed. Never a pass or a fail. Immutable.
 *
 * @param intercepted in the order in which it was measured
 * @param direct with the rules removed
 */
public record Latency(List<LatencySample> intercepted, List<LatencySample> direct) {
  /** Copies. */
  public Latency {
    intercepted = List.copyOf(intercepted);
    direct = List.copyOf(direct);
  }

  /**
   * Two numbers that describe many.
   *
   * @param medianNanos half are faster
   * @param p99Nanos one in a hundred is slower
   */
  public record Summary(long medianNanos, long p99Nanos) {
    static Summary of(List<LatencySample> samples, ToLongFunction<LatencySample> value) {
      long[] sorted = samples.stream().mapToLong(value).sorted().toArray();
      return sorted.length == 0
          ? new Summary(0, 0)
          : new Summary(rank(sorted, 0.5), rank(sorted, 0.99));
    }

    /** The nearest-rank percentile: always a value that was measured. */
    private static long rank(long[] sorted, double share) {
      return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }
  }

  /** Of connect(2). */
  public static Summary connect(List<LatencySample> samples) {
    return Summary.of(samples, LatencySample::connectNanos);
  }

  /** Of a round trip of 64 bytes. */
  public static Summary roundTrip(List<LatencySample> samples) {
    return Summary.of(samples, LatencySample::roundTripNanos);
  }
}
