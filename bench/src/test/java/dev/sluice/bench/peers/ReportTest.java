// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final int ROUNDS = 3;

  @Test
  void comparesWithinEachRoundAndTakesTheMedian() {
    Samples samples = new Samples(ROUNDS);
    add(samples, Metric.STREAM, Variant.DIRECT, 10, 20, 40);
    add(samples, Metric.STREAM, Variant.DIRECT_AGAIN, 10, 20, 40);
    add(samples, Metric.STREAM, Variant.REDIRECT, 5, 15, 36);

    Report report = new Report(List.of(Variant.REDIRECT), samples);

    assertThat(report.ratio(Metric.STREAM, Variant.REDIRECT, Variant.DIRECT)).hasValue(0.75);
    assertThat(samples.median(Metric.STREAM, Variant.REDIRECT)).hasValue(15);
    assertThat(samples.best(Metric.STREAM, Variant.REDIRECT)).hasValue(36);
    assertThat(samples.best(Metric.STREAM_CPU, Variant.REDIRECT)).isEmpty();
  }

  @Test
  void takesTheLeastForTheBestWhereLessIsBetter() {
    Samples samples = new Samples(ROUNDS);
    add(samples, Metric.RTT_1, Variant.DIRECT, 7, 5, 9);

    assertThat(samples.best(Metric.RTT_1, Variant.DIRECT)).hasValue(5);
  }

  @Test
  void leavesOutARoundInWhichAVariantFailed() {
    Samples samples = new Samples(ROUNDS);
    add(samples, Metric.STREAM, Variant.DIRECT, 10, 20, 40);
    samples.add(Metric.STREAM, Variant.REDIRECT, 1, 10);

    assertThat(samples.of(Metric.STREAM, Variant.REDIRECT)).containsExactly(10);
    assertThat(samples.ratio(Metric.STREAM, Variant.REDIRECT, Variant.DIRECT)).hasValue(0.5);
  }

  @Test
  void givesNoRatioWhereADirectConnectionDiffersFromItself() {
    Samples samples = new Samples(1);
    samples.add(Metric.STREAM, Variant.DIRECT, 0, 10);
    samples.add(Metric.STREAM, Variant.DIRECT_AGAIN, 0, 11.1);
    samples.add(Metric.STREAM, Variant.REDIRECT, 0, 5);
    samples.add(Metric.RTT_1, Variant.DIRECT, 0, 10);
    samples.add(Metric.RTT_1, Variant.DIRECT_AGAIN, 0, 10.9);
    samples.add(Metric.RTT_1, Variant.REDIRECT, 0, 20);

    Report report = new Report(List.of(Variant.REDIRECT), samples);

    assertThat(report.tooNoisy()).containsExactly(Metric.STREAM);
    assertThat(report.ratio(Metric.STREAM, Variant.REDIRECT, Variant.DIRECT)).isEmpty();
    assertThat(report.ratio(Metric.RTT_1, Variant.REDIRECT, Variant.DIRECT)).hasValue(2);
    assertThat(report.legend()).contains("Gbit/s").contains("too busy for ratios");
  }

  @Test
  void givesNoRatioWhereTheRoundsLieApartThoughTheirMedianIsRight() {
    Samples samples = new Samples(5);
    add(samples, Metric.STREAM, Variant.DIRECT, 10, 10, 10, 10, 10);
    add(samples, Metric.STREAM, Variant.DIRECT_AGAIN, 6, 8, 10, 12, 14);
    add(samples, Metric.STREAM, Variant.REDIRECT, 5, 5, 5, 5, 5);
    add(samples, Metric.RTT_1, Variant.DIRECT, 10, 10, 10, 10, 10);
    add(samples, Metric.RTT_1, Variant.DIRECT_AGAIN, 5, 9.5, 10, 10.5, 15);

    Report report = new Report(List.of(Variant.REDIRECT), samples);

    assertThat(report.noise().get(Metric.STREAM)).isCloseTo(0.2, within(1e-9));
    assertThat(report.noise().get(Metric.RTT_1)).isCloseTo(0.05, within(1e-9));
    assertThat(report.tooNoisy()).containsExactly(Metric.STREAM);
    assertThat(report.ratio(Metric.STREAM, Variant.REDIRECT, Variant.DIRECT)).isEmpty();
  }

  @Test
  void givesAVariantThatFailedNoLine() {
    Findings findings = new Findings(new Samples(1));
    findings.samples().add(Metric.STREAM, "nginx", 0, 5);
    findings.failed("nginx", "bytes were lost");
    List<Variant> variants = List.of(variant(Variant.DIRECT), variant("nginx"));

    Report report = new Report(List.of(Variant.DIRECT), findings.samples());
    RunOutcome outcome =
        new RunOutcome(
            "a machine",
            false,
            variants,
            List.of(new Catalogue.Missing("envoy", "not installed")),
            findings,
            report,
            List.of());

    assertThat(outcome.measured()).containsExactly(Variant.DIRECT);
    assertThat(outcome.isWhole()).isFalse();
    assertThat(Page.text(outcome).lines().filter(line -> line.startsWith("nginx  "))).isEmpty();
    assertThat(Page.markdown(outcome))
        .contains("- no line: nginx: bytes were lost", "- not in this run: envoy: not installed")
        .doesNotContain("| nginx |");
  }

  @Test
  void failsIfSlowedReadsMakeNoDifference() {
    assertThat(seesSlowed(10, 11)).isFalse();
    assertThat(seesSlowed(10, 60)).isTrue();
  }

  @Test
  void saysByHowMuchATargetWasMissed() {
    assertThat(new Targets.Outcome("x", 0.75, true, OptionalDouble.of(0.6)).verdict())
        .isEqualTo("missed by 20.0 %");
    assertThat(new Targets.Outcome("x", 1.5, false, OptionalDouble.of(1.5)).verdict())
        .isEqualTo("met");
    assertThat(new Targets.Outcome("x", 1.5, false, OptionalDouble.empty()).verdict())
        .isEqualTo("no figure in this run");
  }

  private static boolean seesSlowed(double redirect, double slowed) {
    Findings findings = new Findings(new Samples(1));
    findings.samples().add(Metric.RTT_1, Variant.REDIRECT, 0, redirect);
    findings.samples().add(Metric.RTT_1, Variant.SLOWED, 0, slowed);
    Report report = new Report(List.of(), findings.samples());
    return new RunOutcome("", false, List.of(), List.of(), findings, report, List.of())
        .seesSlowedReads();
  }

  private static Variant variant(String name) {
    return new Variant(name, name, false, Steering.NONE, Optional.empty());
  }

  private static void add(Samples samples, Metric metric, String variant, double... values) {
    for (int round = 0; round < values.length; round++) {
      samples.add(metric, variant, round, values[round]);
    }
  }
}
