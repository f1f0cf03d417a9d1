// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.List;

/**
 * A finished run, for whoever writes about it. Immutable, but for what it refers to, which nobody
 * changes any more.
 *
 * @param machine on which it ran, one line
 * @param quick whether its figures mean nothing
 * @param variants that were to be measured
 * @param missing those that can't be had here
 * @param targets held against it
 */
record RunOutcome(
    String machine,
    boolean quick,
    List<Variant> variants,
    List<Catalogue.Missing> missing,
    Findings findings,
    Report report,
    List<Targets.Outcome> targets) {
  static RunOutcome of(String machine, boolean quick, Catalogue catalogue, Findings findings) {
    List<Variant> measured =
        catalogue.variants().stream()
            .filter(variant -> !findings.failed().containsKey(variant.name()))
            .toList();
    Report report = new Report(names(measured), findings.samples());
    List<Variant> peers = measured.stream().filter(Variant::isPeer).toList();
    return new RunOutcome(
        machine,
        quick,
        catalogue.variants(),
        catalogue.missing(),
        findings,
        report,
        Targets.of(report, findings, names(peers)));
  }

  /** The names of the variants that have figures. */
  List<String> measured() {
    return names(variants).stream().filter(name -> !findings.failed().containsKey(name)).toList();
  }

  /** Whether a proxy that waits before each read was found slower; true if it didn't run. */
  boolean seesSlowedReads() {
    return findings
            .samples()
            .ratio(Metric.RTT_1, Variant.SLOWED, Variant.REDIRECT)
            .orElse(Double.MAX_VALUE)
        > 1.2;
  }

  /** Whether everything was measured on a machine that was quiet enough. */
  boolean isWhole() {
    return report.tooNoisy().isEmpty()
        && findings.failed().isEmpty()
        && findings.problems().isEmpty()
        && seesSlowedReads();
  }

  private static List<String> names(List<Variant> variants) {
    return variants.stream().map(Variant::name).toList();
  }
}
