// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import java.util.List;
import java.util.Optional;

/** Every scenario of the demo, in the order in which they are shown. */
public final class Catalogue {
  private static final List<Scenario> ALL =
      List.of(
          PlainScenarios.none(),
          RedirectScenarios.outbound(),
          RedirectScenarios.inbound(),
          TproxyScenarios.inPod(),
          TproxyScenarios.onGateway(),
          RedirectScenarios.both(),
          RedirectScenarios.v4Mapped(),
          StreamScenarios.serverFirst(),
          StreamScenarios.halfClose(),
          ExemptionScenarios.selfCall(),
          ExemptionScenarios.uid(),
          ExemptionScenarios.port(),
          PolicyScenarios.denied(),
          BalancingScenarios.perPacket(),
          BalancingScenarios.bypass(),
          BalancingScenarios.off(),
          BalancingScenarios.hostOnly(),
          BalancingScenarios.serviceIp(),
          BalancingScenarios.podOptOut());

  private Catalogue() {}

  /** All of them. */
  public static List<Scenario> all() {
    return ALL;
  }

  /** The one of that name. */
  public static Optional<Scenario> named(String name) {
    return ALL.stream().filter(scenario -> scenario.name().equals(name)).findFirst();
  }
}
