// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Sidecar;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
          SocketScenarios.both(),
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
          BalancingScenarios.withoutProxy(),
          BalancingScenarios.serviceIp(),
          SocketScenarios.serviceIp(),
          BalancingScenarios.podOptOut(),
          SidecarScenarios.hostFilter());

  /** They need programs that the demo can do without. */
  private static final List<Scenario> WITH_SIDECARS =
      Stream.of(Sidecar.ENVOY, Sidecar.HAPROXY, Sidecar.NGINX)
          .flatMap(
              sidecar ->
                  Stream.of(SidecarScenarios.bypass(sidecar), SidecarScenarios.serviceIp(sidecar)))
          .toList();

  private Catalogue() {}

  /** All that need nothing but what the demo asks of every machine. */
  public static List<Scenario> all() {
    return ALL;
  }

  /** Those with proxies of others as sidecars. */
  public static List<Scenario> withSidecars() {
    return WITH_SIDECARS;
  }

  /** The one of that name. */
  public static Optional<Scenario> named(String name) {
    return Stream.concat(ALL.stream(), WITH_SIDECARS.stream())
        .filter(scenario -> scenario.name().equals(name))
        .findFirst();
  }
}
