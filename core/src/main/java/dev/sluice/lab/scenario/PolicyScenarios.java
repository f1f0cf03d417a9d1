// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.util.List;

/** A policy on a service IP, decided by the client's proxy. */
final class PolicyScenarios {
  private static final int DENIED_FROM = 41031;
  private static final int POD_FROM = 41033;

  private PolicyScenarios() {}

  static Scenario denied() {
    return new Scenario(
        "denied-service-ip",
        "A policy denies one port of a service IP: reset, no byte, and the server hears nothing",
        Setup.of(Interception.redirect(Party.CLIENT)).with(Setup.Extra.POLICY),
        List.of(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.rule(Party.CLIENT, "nat OUTPUT: REDIRECT 15001"),
            Hop.proxy(Party.CLIENT, "default/deny-ledger: RST")),
        family ->
            new Trial(
                List.of(deniedPort(family), otherPort(family), podAddress(family)),
                List.of(Steps.failsWithoutProxy(family, Expected.is("refused")))));
  }

  /** The server would speak first, so a byte that slipped through would be seen. */
  private static Step deniedPort(Family family) {
    return denied(
            "denied port",
            Probe.of(
                Party.CLIENT,
                Behaviour.LISTEN,
                family.serviceIp(),
                Servers.BANNER_PORT,
                DENIED_FROM))
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1))
        .build();
  }

  /** Reset without a byte, no connection onwards, and the policy named in the log. */
  static StepBuilder denied(String label, Probe probe) {
    return new StepBuilder(label, probe)
        .clientEndsWith(Expected.is("reset"))
        .clientField("bytes that the client got", "received", Expected.is("0"), "client's read")
        .serverAcceptsNothing()
        .logLines(Party.CLIENT, 1)
        .logged(Party.CLIENT, "outbound", "original_destination", Expected.is(probe.dialled()))
        .logged(Party.CLIENT, "outbound", "upstream", Expected.is("-"))
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is("policy_denied"))
        .logged(Party.CLIENT, "outbound", "detail", Expected.containing("default/deny-ledger"));
  }

  private static Step otherPort(Family family) {
    Probe probe =
        Probe.of(
            Party.CLIENT,
            Behaviour.CURL,
            family.serviceIp(),
            Servers.NGINX_PORT,
            Steps.curlPort(family));
    return new StepBuilder("another port of the service", probe)
        .clientField("status of the answer", "status", Expected.is("200"), "curl")
        .clientField(
            "the address at which nginx was reached",
            "server",
            Expected.is(AddressText.of(family.serviceIp())),
            "nginx")
        .logLines(Party.CLIENT, 1)
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is("closed"))
        .build();
  }

  /** The policy is on the service IP: the same server at the pod's own address is not denied. */
  private static Step podAddress(Family family) {
    Probe probe =
        Probe.of(
            Party.CLIENT,
            Behaviour.BANNER,
            Party.SERVER.address(family),
            Servers.BANNER_PORT,
            POD_FROM);
    return new StepBuilder("the same port of the pod", probe)
        .serverSees(Expected.anyPortOf(AddressText.of(Party.CLIENT.address(family))))
        .echoes()
        .logLines(Party.CLIENT, 1)
        .build();
  }
}
