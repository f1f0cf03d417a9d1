// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.load.Latencies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What came out of a run. Confined to one thread. */
final class Findings {
  private final Samples samples;
  private final Map<String, String> failed = new LinkedHashMap<>();
  private final List<String> remarks = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final Map<String, List<Latencies>> latencies = new LinkedHashMap<>();
  private final Map<String, Map<Integer, Double>> idleRss = new LinkedHashMap<>();
  private final Map<String, Double> startMillis = new LinkedHashMap<>();
  private final Map<String, Double> firstSecondP99 = new LinkedHashMap<>();
  private final Map<String, Double> copiesPss = new LinkedHashMap<>();

  Findings(Samples samples) {
    this.samples = samples;
  }

  Samples samples() {
    return samples;
  }

  /** By variant: why it has no line. */
  Map<String, String> failed() {
    return failed;
  }

  /** What has to be said beside the figures. */
  List<String> remarks() {
    return remarks;
  }

  /** Loads that failed. */
  List<String> problems() {
    return problems;
  }

  /** By variant: RSS in MiB by the number of idle connections. */
  Map<String, Map<Integer, Double>> idleRss() {
    return idleRss;
  }

  /** By variant: from exec to the first byte, the median. */
  Map<String, Double> startMillis() {
    return startMillis;
  }

  /** By variant: p99 in microseconds of the first second of a proxy, the median of its starts. */
  Map<String, Double> firstSecondP99() {
    return firstSecondP99;
  }

  /** By variant: PSS in MiB of each of many copies. */
  Map<String, Double> copiesPss() {
    return copiesPss;
  }

  /** By variant: microseconds at each of {@link Latencies#QUANTILES}, median of the rounds. */
  Map<String, List<Double>> latencyCurves() {
    Map<String, List<Double>> curves = new LinkedHashMap<>();
    latencies.forEach(
        (variant, all) ->
            curves.put(
                variant,
                IntStream.range(0, Latencies.QUANTILES.size())
                    .mapToObj(
                        i -> median(all.stream().mapToDouble(l -> l.micros().get(i)).toArray()))
                    .toList()));
    return curves;
  }

  void failed(String variant, String reason) {
    failed.put(variant, reason);
  }

  void remark(String variant, String what) {
    remarks.add(variant + ": " + what);
  }

  void problem(String variant, String what) {
    problems.add(variant + ": " + what);
  }

  void latencies(String variant, Latencies measured) {
    latencies.computeIfAbsent(variant, _ -> new ArrayList<>()).add(measured);
  }

  void idle(String variant, int connections, double rss) {
    idleRss.computeIfAbsent(variant, _ -> new TreeMap<>()).put(connections, rss);
  }

  void start(String variant, double[] millis) {
    startMillis.put(variant, median(millis));
  }

  void firstSecond(String variant, double[] p99) {
    firstSecondP99.put(variant, median(p99));
  }

  void copies(String variant, double pss) {
    copiesPss.put(variant, pss);
  }

  /** A figure of those that are taken once. */
  static OptionalDouble of(Map<String, Double> figures, String variant) {
    Double found = figures.get(variant);
    return found == null ? OptionalDouble.empty() : OptionalDouble.of(found);
  }

  private static double median(double[] unsorted) {
    double[] sorted = unsorted.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
