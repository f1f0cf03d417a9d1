// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.topology.Family;
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
 */
public record ScenarioResult(
    Scenario scenario,
    Family family,
    List<Claim> claims,
    Map<String, Long> countedRules,
    Sightings sightings,
    Optional<Latency> latency) {
  /** Copies. */
  public ScenarioResult {
    claims = List.copyOf(claims);
    countedRules =
        java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(countedRules));
  }

  /** Whether it did what it claims: at least one claim, and all of them hold. */
  public boolean passed() {
    return !claims.isEmpty() && claims.stream().allMatch(Claim::passed);
  }
}
