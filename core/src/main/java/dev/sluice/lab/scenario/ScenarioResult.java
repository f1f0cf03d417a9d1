// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.topology.Family;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a scenario in one family. Immutable.
 *
 * @param scenario which
 * @param family in which family
 * @param claims all of them, in order
 * @param countedRules the rules that counted packets, as {@code party: table: rule}, with how many
 * @param sightings the addresses along its first connection
 * @param latency where it was measured
 * @param notRun why it was not run; empty if it was
 */
public record ScenarioResult(
    Scenario scenario,
    Family family,
    List<Claim> claims,
    Map<String, Long> countedRules,
    Sightings sightings,
    Optional<Latency> latency,
    Optional<String> notRun) {
  /** Copies. */
  public ScenarioResult {
    claims = List.copyOf(claims);
    countedRules =
        java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(countedRules));
  }

  /** The results of a scenario that was not run, for {@code reason}: neither passed nor failed. */
  public static List<ScenarioResult> notRun(Scenario scenario, String reason) {
    return Arrays.stream(Family.values())
        .map(
            family ->
                new ScenarioResult(
                    scenario,
                    family,
                    List.of(),
                    Map.of(),
                    Sightings.NONE,
                    Optional.empty(),
                    Optional.of(reason)))
        .toList();
  }

  /** Whether it was run and did not do what it claims. */
  public boolean failed() {
    return !passed() && notRun.isEmpty();
  }

  /** {@code pass}, {@code FAIL} or {@code not run}. */
  public String verdict() {
    return passed() ? "pass" : failed() ? "FAIL" : "not run";
  }

  /** Whether it did what it claims: at least one claim, and all of them hold. */
  public boolean passed() {
    return !claims.isEmpty() && claims.stream().allMatch(Claim::passed);
  }
}
