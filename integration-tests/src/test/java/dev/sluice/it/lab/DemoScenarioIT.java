// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.Demo;
import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.scenario.Catalogue;
import dev.sluice.lab.scenario.Claim;
import dev.sluice.lab.scenario.Progress;
import dev.sluice.lab.scenario.Scenario;
import dev.sluice.lab.scenario.ScenarioResult;
import dev.sluice.lab.topology.Family;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every scenario of the demo, through the classes that the command uses. */
final class DemoScenarioIT {
  private static final Progress SILENT =
      new Progress() {
        @Override
        public void begins(Scenario scenario, int number, int of) {}

        @Override
        public void doing(String what) {}

        @Override
        public void ended(ScenarioResult result) {}
      };

  static Stream<String> names() {
    return Stream.concat(Catalogue.all().stream(), Catalogue.withSidecars().stream())
        .map(Scenario::name);
  }

  /** Envoy is fetched before its first scenario, and a build without a network can't have it. */
  @Timeout(240)
  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void everyClaimHoldsInBothFamilies(String name) throws IOException {
    Scenario scenario = Catalogue.named(name).orElseThrow();

    List<ScenarioResult> results = new Demo(SILENT, Demo.Hold.NONE, false).run(List.of(scenario));

    assertThat(results).extracting(ScenarioResult::family).containsExactly(Family.values());
    if (scenario.sidecars().contains(Sidecar.ENVOY)
        && results.stream().allMatch(result -> result.notRun().isPresent())) {
      assertThat(results.getFirst().notRun())
          .hasValueSatisfying(reason -> assertThat(reason).startsWith("envoy: 'pip install"));
      return;
    }
    assertThat(results)
        .allSatisfy(
            result -> {
              assertThat(result.claims()).hasSizeGreaterThan(5);
              assertThat(result.claims().stream().filter(claim -> !claim.passed())).isEmpty();
              assertThat(result.claims()).extracting(Claim::text).doesNotHaveDuplicates();
            });
  }
}
