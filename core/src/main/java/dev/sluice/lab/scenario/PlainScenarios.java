// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static dev.sluice.lab.scenario.Steps.client;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.util.List;

/** Nothing in the way: what everything else is compared with. */
final class PlainScenarios {
  private PlainScenarios() {}

  static Scenario none() {
    return new Scenario(
        "none",
        "No interception: the server sees the client itself",
        Setup.of().with(Setup.Extra.LATENCY),
        List.of(
            Hop.application(Party.CLIENT, "connect()"),
            Hop.route("forwards"),
            Hop.application(Party.SERVER, "accept()")),
        PlainScenarios::trial);
  }

  private static Trial trial(Family family) {
    Step echo =
        new StepBuilder("dial", Steps.echo(family))
            .clientSeesWhatItDialled()
            .serverSees(Expected.is(client(family, Steps.echo(family).localPort())))
            .echoes()
            .tablesAreEmpty(Party.CLIENT)
            .tablesAreEmpty(Party.SERVER)
            .build();
    Step curl =
        Steps.curl(
            family,
            Expected.is(AddressText.of(Party.CLIENT.address(family))),
            Expected.is(Integer.toString(Steps.curlPort(family))));
    return new Trial(List.of(echo, curl), List.of());
  }
}
