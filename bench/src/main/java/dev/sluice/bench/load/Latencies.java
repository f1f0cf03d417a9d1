// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** Latencies of one load, and the line that carries them between processes. Immutable. */
public record Latencies(long count, List<Double> micros) {
  /** What parts of all were at most as slow as each of {@link #micros}. */
  public static final List<Double> QUANTILES =
      List.of(0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 1.0);

  /** One value for each of {@link #QUANTILES}. */
  public Latencies {
    micros = List.copyOf(micros);
    if (micros.size() != QUANTILES.size()) {
      throw new IllegalArgumentException(
          micros.size() + " latencies; expected " + QUANTILES.size());
    }
  }

  /** {@code nanos} is sorted by this. */
  static Latencies of(long[] nanos) {
    if (nanos.length == 0) {
      throw new IllegalArgumentException("not one answer came in time");
    }
    Arrays.sort(nanos);
    return new Latencies(
        nanos.length,
        QUANTILES.stream()
            .map(part -> nanos[(int) Math.min(nanos.length - 1, part * nanos.length)] / 1e3)
            .toList());
  }

  /** The latency that {@code part} of all stayed within; one of {@link #QUANTILES}. */
  public double at(double part) {
    int index = QUANTILES.indexOf(part);
    if (index < 0) {
      throw new IllegalArgumentException("quantile " + part + "; expected one of " + QUANTILES);
    }
    return micros.get(index);
  }

  /** As {@link #parse} takes it. */
  String line() {
    return count
        + micros.stream()
            .map(value -> String.format(Locale.ROOT, " %.3f", value))
            .collect(Collectors.joining());
  }

  /**
   * The reverse of {@link #line}.
   *
   * @throws IllegalArgumentException if it is no such line
   */
  public static Latencies parse(String line) {
    String[] words = line.strip().split(" ", -1);
    try {
      return new Latencies(
          Long.parseLong(words[0]),
          DoubleStream.of(Arrays.stream(words).skip(1).mapToDouble(Double::parseDouble).toArray())
              .boxed()
              .toList());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("latencies '" + line + "'; expected numbers", e);
    }
  }
}
