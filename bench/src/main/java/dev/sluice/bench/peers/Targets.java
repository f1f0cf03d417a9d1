// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What Sluice wants to reach, held against one run. Pure. */
final class Targets {
  private static final String SOCKET = "socket";
  private static final String BALANCED = "socket-lb";

  /** Nothing is measured better than this. */
  private static final double LEAST_NOISE = 0.03;

  private final Report report;
  private final Findings findings;
  private final List<Outcome> outcomes = new ArrayList<>();

  private Targets(Report report, Findings findings) {
    this.report = report;
    this.findings = findings;
  }

  /**
   * One target.
   *
   * @param what it is about
   * @param bound that the figure is to reach, or not to exceed
   * @param atLeast which of the two
   * @param found the figure; empty if there is none in this run
   */
  record Outcome(String what, double bound, boolean atLeast, OptionalDouble found) {
    boolean isMet() {
      return found.isPresent()
          && (atLeast ? found.getAsDouble() >= bound : found.getAsDouble() <= bound);
    }

    /** {@code met}, or by which part of the bound it was missed. */
    String verdict() {
      if (found.isEmpty()) {
        return "no figure in this run";
      }
      if (isMet()) {
        return "met";
      }
      return String.format(
          Locale.ROOT, "missed by %.1f %%", 100 * Math.abs(found.getAsDouble() - bound) / bound);
    }
  }

  /** {@code peers} are the names of other proxies that were measured. */
  static List<Outcome> of(Report report, Findings findings, List<String> peers) {
    Targets targets = new Targets(report, findings);
    targets.stream(peers);
    targets.requests();
    targets.connections();
    targets.balanced();
    targets.once();
    return List.copyOf(targets.outcomes);
  }

  private void stream(List<String> peers) {
    direct("one stream, Gbit/s, x direct", Variant.REDIRECT, Metric.STREAM, 0.75);
    direct("one stream, CPU per GB, x direct", Variant.REDIRECT, Metric.STREAM_CPU, 1.5);
    direct("one stream back, Gbit/s, x direct", Variant.REDIRECT, Metric.STREAM_BACK, 0.75);
    direct("one stream back, CPU per GB, x direct", Variant.REDIRECT, Metric.STREAM_BACK_CPU, 1.5);
    for (String peer : peers) {
      ahead("one stream, Gbit/s, x " + peer, Variant.REDIRECT, peer, Metric.STREAM, 1);
      ahead("one stream, CPU per GB, x " + peer, Variant.REDIRECT, peer, Metric.STREAM_CPU, 1);
      ahead("one stream back, Gbit/s, x " + peer, Variant.REDIRECT, peer, Metric.STREAM_BACK, 1);
    }
  }

  private void requests() {
    String haproxy = Variant.HAPROXY;
    ahead("requests/s, x haproxy", Variant.REDIRECT, haproxy, Metric.REQUESTS, 1);
    ahead("CPU per request, x haproxy", Variant.REDIRECT, haproxy, Metric.REQUEST_CPU, 1);
    ahead("p99 at 4,000/s, x haproxy", Variant.REDIRECT, haproxy, Metric.RATE_P99, 1);
  }

  private void connections() {
    for (String peer : List.of(Variant.HAPROXY, "nginx")) {
      ahead("connections/s, x " + peer, Variant.REDIRECT, peer, Metric.CONNECTIONS, 1);
      ahead("connections/s by socket, x " + peer, SOCKET, peer, Metric.CONNECTIONS, 1.1);
    }
  }

  private void balanced() {
    for (Metric metric : List.of(Metric.RTT_1, Metric.STREAM, Metric.CONNECTIONS)) {
      double noise =
          Math.clamp(report.noise().getOrDefault(metric, 0.0), LEAST_NOISE, Report.MOST_NOISE);
      direct(
          "socket LB without a proxy, " + metric.title() + ", x direct",
          BALANCED,
          metric,
          metric.moreIsBetter() ? 1 - noise : 1 + noise);
    }
  }

  private void once() {
    outcomes.add(
        new Outcome(
            "PSS of each of 20 idle copies, MiB",
            20,
            false,
            Findings.of(findings.copiesPss(), Variant.REDIRECT)));
    Double idle = findings.idleRss().getOrDefault(Variant.REDIRECT, Map.of()).get(9_400);
    outcomes.add(
        new Outcome(
            "RSS with 9,400 idle connections, MiB",
            50,
            false,
            idle == null ? OptionalDouble.empty() : OptionalDouble.of(idle)));
    outcomes.add(
        new Outcome(
            "exec to first byte, ms",
            150,
            false,
            Findings.of(findings.startMillis(), Variant.REDIRECT)));
    outcomes.add(
        new Outcome(
            "p99 of the first second at 4,000/s, us",
            1_000,
            false,
            Findings.of(findings.firstSecondP99(), Variant.REDIRECT)));
  }

  private void direct(String what, String variant, Metric metric, double bound) {
    ahead(what, variant, Variant.DIRECT, metric, bound);
  }

  private void ahead(String what, String variant, String reference, Metric metric, double bound) {
    outcomes.add(
        new Outcome(what, bound, metric.moreIsBetter(), report.ratio(metric, variant, reference)));
  }
}
