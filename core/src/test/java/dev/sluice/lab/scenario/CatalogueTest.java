// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules that every scenario keeps, whoever adds one. */
final class CatalogueTest {
  private static final Observation NOTHING =
      new Observation(Map.of(), List.of(), List.of(), Map.of(), Map.of(), Map.of(), Map.of());

  static Stream<Scenario> scenarios() {
    return Stream.concat(Catalogue.all().stream(), Catalogue.withSidecars().stream());
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void isFoundByItsName(Scenario scenario) {
    assertThat(Catalogue.named(scenario.name())).contains(scenario);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void dialsFromAPortOnlyOnce(Scenario scenario) {
    assertThat(steps(scenario))
        .extracting(step -> step.probe().localPort())
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void claimsNothingThatHoldsWithoutEvidence(Scenario scenario) {
    // What is expected to be absent needs a counterpart that is present, in the same scenario.
    List<Claim> claims =
        steps(scenario).stream()
            .flatMap(step -> step.expectations().stream())
            .map(expectation -> expectation.compare(NOTHING))
            .toList();

    assertThat(claims.stream().filter(Claim::passed))
        .allSatisfy(claim -> assertThat(claim.expected()).isEqualTo("0"));
    assertThat(claims.stream().filter(claim -> !claim.passed()).count())
        .isGreaterThan(claims.size() / 2);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void failsWithoutItsProxyIfItHasOne(Scenario scenario) {
    for (Family family : Family.values()) {
      assertThat(scenario.trial().apply(family).withoutProxy().isEmpty())
          .isEqualTo(scenario.setup().interceptions().isEmpty());
    }
  }

  private static List<Step> steps(Scenario scenario) {
    Trial trial = scenario.trial().apply(Family.IPV4);
    return Stream.concat(trial.steps().stream(), trial.withoutProxy().stream()).toList();
  }
}
