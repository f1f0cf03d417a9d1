// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.OrderlyEnd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;

/**
 * One run: starts every variant, checks that it is correct, and measures round by round, each load
 * on all variants in shuffled order before the next load. What fails says so in {@link Findings}
 * and doesn't stop the others.
 */
final class Run {
  private static final Set<Load> SELF_CHECK = Set.of(Load.PING_1, Load.REQUESTS);

  private final Plan plan;
  private final OrderlyEnd end;
  private final Progress progress;
  private final Findings findings;
  private final List<Trial> trials = new ArrayList<>();

  Run(Plan plan, OrderlyEnd end, Progress progress) {
    this.plan = plan;
    this.end = end;
    this.progress = progress;
    this.findings = new Findings(new Samples(plan.rounds()));
  }

  /** Everything; {@code world} is closed by the caller. */
  Findings run(BenchWorld world, List<Variant> variants) throws IOException {
    Servers.start(world);
    for (Variant variant : variants) {
      end.check();
      start(world, variant);
    }
    Loads warmUp = new Loads(1, findings);
    for (Load load : List.of(Load.REQUESTS, Load.CONNECTIONS)) {
      measure(warmUp, load, -1, trials);
    }
    Loads loads = new Loads(plan.seconds(), findings);
    Random random = new Random(42);
    for (int round = 0; round < plan.rounds(); round++) {
      for (Load load : Load.values()) {
        List<Trial> shuffled = new ArrayList<>(trials);
        Collections.shuffle(shuffled, random);
        measure(loads, load, round, shuffled);
      }
    }
    new Once(plan, end, progress, findings).run(trials);
    return findings;
  }

  private void start(BenchWorld world, Variant variant) throws IOException {
    progress.say("starting and checking " + variant.name());
    try {
      Trial trial = Trial.start(world, variant);
      String flaw = trial.check(false);
      if (variant.ours() && !flaw.isEmpty()) {
        throw new IOException(flaw);
      }
      checkIpv6(trial);
      if (!flaw.isEmpty()) {
        findings.remark(variant.name(), flaw);
      }
      trials.add(trial);
    } catch (IOException e) {
      end.check();
      findings.failed(variant.name(), String.valueOf(e.getMessage()));
      progress.say(variant.name() + " gets no line: " + e.getMessage());
    }
  }

  /** Only IPv4 is measured: a peer that can't do the other has its figures all the same. */
  private void checkIpv6(Trial trial) throws IOException {
    try {
      trial.check(true);
    } catch (IOException e) {
      if (trial.variant().ours()) {
        throw new IOException("in IPv6: " + e.getMessage(), e);
      }
      findings.remark(trial.name(), "fails in IPv6: " + e.getMessage());
    }
  }

  private void measure(Loads loads, Load load, int round, List<Trial> order) {
    String when =
        round < 0
            ? "warm-up"
            : String.format(Locale.ROOT, "round %d of %d", round + 1, plan.rounds());
    StringJoiner line = new StringJoiner(", ", when + ", " + load.title() + ": ", "");
    for (Trial trial : order) {
      end.check();
      if (trial.variant().isSelfCheck() && !SELF_CHECK.contains(load)) {
        continue;
      }
      try {
        Map<Metric, Double> metrics = loads.run(load, trial);
        if (round >= 0) {
          metrics.forEach(
              (metric, value) -> findings.samples().add(metric, trial.name(), round, value));
        }
        metrics.values().stream()
            .findFirst()
            .ifPresent(value -> line.add(trial.name() + " " + Figures.of(value)));
      } catch (IOException e) {
        end.check();
        findings.problem(trial.name(), when + ", " + load.title() + ": " + e.getMessage());
        line.add(trial.name() + " failed");
      }
    }
    progress.say(line.toString());
  }

  /** Shown while it runs. */
  interface Progress {
    void say(String line);
  }
}
