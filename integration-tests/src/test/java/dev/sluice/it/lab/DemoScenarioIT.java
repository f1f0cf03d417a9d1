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
import dev.sluice.trace.What;
import java.io.IOException;
import java.util.List;
import java.util.Map;
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

  private static final String DENIED = "answer-service-ip";

  /** Those whose path is traced, too, with the way of interception that proxies tell of. */
  private static final Map<String, String> TRACED =
      Map.of("tproxy-inbound", "tproxy", "socket-mode", "socket", DENIED, "redirect");

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

    boolean traced = TRACED.containsKey(name);
    List<ScenarioResult> results = new Demo(SILENT, Demo.Hold.NONE, traced).run(List.of(scenario));

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
    if (traced) {
      results.forEach(result -> assertFollowed(result, TRACED.getOrDefault(name, "")));
    }
  }

  /** By what only a connection of its way has, up to the server or to where it is denied. */
  private static void assertFollowed(ScenarioResult result, String mode) {
    List<What> path = result.sightings().traced().hops().stream().map(hop -> hop.what()).toList();
    assertThat(path)
        .as("%s", result.sightings().traced())
        .filteredOn(What.Decided.class::isInstance)
        .isNotEmpty()
        .allSatisfy(hop -> assertThat(((What.Decided) hop).mode()).isEqualTo(mode));
    boolean marked = path.stream().anyMatch(hop -> hop instanceof What.Routed it && it.mark() > 0);
    assertThat(marked).isEqualTo(mode.equals("tproxy"));
    assertThat(path.stream().anyMatch(What.Translated.class::isInstance))
        .isEqualTo(mode.equals("redirect"));
    assertThat(path.stream().anyMatch(What.Hooked.class::isInstance))
        .isEqualTo(!mode.equals("tproxy"));
    // Who is denied is reset before anybody looks for the socket; the proxy tells of it.
    boolean denied = result.scenario().name().equals(DENIED);
    assertThat(path)
        .filteredOn(What.Unknown.class::isInstance)
        .hasSize(denied ? 1 : 0)
        .allSatisfy(
            hop ->
                assertThat(((What.Unknown) hop).why())
                    .isEqualTo("it was closed before it was looked for"));
    assertThat(path).filteredOn(What.ServerSaw.class::isInstance).hasSize(denied ? 0 : 1);
    assertThat(path.stream().anyMatch(DemoScenarioIT::isDenial)).isEqualTo(denied);
  }

  private static boolean isDenial(What hop) {
    return hop instanceof What.Decided it && it.outcome().equals("policy_denied");
  }
}
