// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static dev.sluice.lab.scenario.Steps.client;
import static dev.sluice.lab.scenario.Steps.server;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import dev.sluice.net.AddressText;
import java.util.List;

/** mangle TPROXY: the server sees the client's own address and port, in a pod and on a gateway. */
final class TproxyScenarios {
  private static final int POD_DIALS_FROM = 41003;

  private TproxyScenarios() {}

  static Scenario inPod() {
    return new Scenario(
        "tproxy-inbound",
        "TPROXY in the pod: the server sees the client's own address and port",
        Setup.of(Interception.tproxy(Party.SERVER))
            .serving(Party.SERVER, Party.CLIENT)
            .with(Setup.Extra.LATENCY),
        List.of(
            Hop.application(Party.CLIENT, "connect()"),
            Hop.route("forwards"),
            Hop.rule(Party.SERVER, "mangle PREROUTING: TPROXY 15006"),
            Hop.proxy(Party.SERVER, "dials loopback from the client's address"),
            Hop.application(Party.SERVER, "accept()")),
        family -> {
          Probe probe = Steps.echo(family);
          Step dial =
              kept(new StepBuilder("dial", probe), Party.SERVER, family, probe)
                  .logged(
                      Party.SERVER,
                      "inbound",
                      "upstream",
                      Expected.is(Family.endpoint(family.loopback(), Servers.ECHO_PORT)))
                  .build();
          return new Trial(
              List.of(dial, keptCurl(family), outboundOfThePod(family)),
              List.of(Steps.failsWithoutProxy(family, Expected.oneOf("timeout", "refused"))));
        });
  }

  static Scenario onGateway() {
    return new Scenario(
        "tproxy-gateway",
        "TPROXY on the host between the pods: the pods know nothing, the server sees the client",
        Setup.of(Interception.tproxy(Party.HOST)).with(Setup.Extra.LATENCY),
        List.of(
            Hop.application(Party.CLIENT, "connect()"),
            Hop.rule(Party.HOST, "mangle PREROUTING: TPROXY 15006"),
            Hop.proxy(Party.HOST, "dials on, from the client's address"),
            Hop.application(Party.SERVER, "accept()")),
        family -> {
          Probe probe = Steps.echo(family);
          Step dial =
              kept(new StepBuilder("dial", probe), Party.HOST, family, probe)
                  .logged(
                      Party.HOST,
                      "inbound",
                      "upstream",
                      Expected.is(server(family, Servers.ECHO_PORT)))
                  .build();
          return new Trial(
              List.of(dial, keptCurl(family), outboundOfTheGateway(family)),
              List.of(Steps.failsWithoutProxy(family, Expected.oneOf("timeout", "refused"))));
        });
  }

  /** The client's address is kept: by the server, by 64 KiB both ways, and by the log's counts. */
  private static StepBuilder kept(StepBuilder step, Party proxy, Family family, Probe probe) {
    String address = client(family, probe.localPort());
    return step.clientSeesWhatItDialled()
        .serverSees(Expected.is(address))
        .echoes()
        .logLines(proxy, 1)
        .logged(
            proxy,
            "inbound",
            "original_destination",
            Expected.is(server(family, Servers.ECHO_PORT)))
        .logged(proxy, "inbound", "source", Expected.is(address))
        .logged(proxy, "inbound", "upstream_source", Expected.is(address))
        .logged(proxy, "inbound", "mode", Expected.is("tproxy"))
        .loggedBytes(proxy, "inbound")
        .logged(proxy, "inbound", "outcome", Expected.is("closed"))
        .counted(proxy, Steps.TPROXY, Expected.atLeastPackets(1));
  }

  private static Step keptCurl(Family family) {
    return Steps.curl(
        family,
        Expected.is(AddressText.of(Party.CLIENT.address(family))),
        Expected.is(Integer.toString(Steps.curlPort(family))));
  }

  /** What the gateway itself sends is outbound traffic like that of any pod. */
  private static Step outboundOfTheGateway(Family family) {
    Probe probe =
        Probe.of(
            Party.HOST,
            Behaviour.ECHO,
            Party.SERVER.address(family),
            Servers.ECHO_PORT,
            POD_DIALS_FROM);
    return new StepBuilder("the gateway dials by itself", probe)
        .serverSees(Expected.anyPortOf(Topology.hostTowardsServer(family)))
        .echoes()
        .logLines(Party.HOST, 1)
        .logged(Party.HOST, "outbound", "original_destination", Expected.is(probe.dialled()))
        .counted(Party.HOST, Steps.TO_OUTBOUND, Expected.packets(1))
        .build();
  }

  /** TPROXY is for what comes in; what the pod sends out is REDIRECTed as in the other mode. */
  private static Step outboundOfThePod(Family family) {
    Probe probe =
        Probe.of(
            Party.SERVER,
            Behaviour.ECHO,
            Party.CLIENT.address(family),
            Servers.ECHO_PORT,
            POD_DIALS_FROM);
    return new StepBuilder("the pod dials out", probe)
        .servedBy(Party.CLIENT)
        .serverSees(Expected.anyPortOf(AddressText.of(Party.SERVER.address(family))))
        .echoes()
        .logLines(Party.SERVER, 1)
        .logged(Party.SERVER, "outbound", "original_destination", Expected.is(probe.dialled()))
        .counted(Party.SERVER, Steps.TO_OUTBOUND, Expected.packets(1))
        .build();
  }
}
