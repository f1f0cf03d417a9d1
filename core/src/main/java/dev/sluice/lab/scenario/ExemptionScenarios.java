// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static dev.sluice.lab.scenario.Steps.client;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.util.List;

/** What the rules leave alone, each beside a connection that they do not. */
final class ExemptionScenarios {
  private static final int EXEMPT_FROM = 41021;
  private static final int CAPTURED_FROM = 41022;
  private static final int SERVICE_FROM = 41023;
  private static final int STOPPED_FROM = 41024;

  private ExemptionScenarios() {}

  static Scenario uid() {
    return new Scenario(
        "uid-exemption",
        "uid 1337 goes out untouched, any other uid in the same pod goes through the proxy",
        Setup.of(Interception.redirect(Party.CLIENT)),
        List.of(
            Hop.application(Party.CLIENT, "connect() as uid 1337"),
            Hop.rule(Party.CLIENT, "nat OUTPUT: owner 1337, RETURN"),
            Hop.route("forwards"),
            Hop.application(Party.SERVER, "accept()")),
        family -> {
          Probe exempt = Steps.echoFrom(family, EXEMPT_FROM).as(RunAs.PROXY);
          Step direct =
              new StepBuilder("as uid 1337", exempt)
                  .serverSees(Expected.is(client(family, EXEMPT_FROM)))
                  .echoes()
                  .logLines(Party.CLIENT, 0)
                  .counted(Party.CLIENT, "-m owner --uid-owner 1337 -j RETURN", Expected.packets(1))
                  .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(0))
                  .build();
          Step captured =
              RedirectScenarios.outboundStep(
                  "as uid 1000", family, Steps.echoFrom(family, CAPTURED_FROM));
          return new Trial(
              List.of(direct, captured),
              List.of(Steps.failsWithoutProxy(family, Expected.is("refused"))));
        });
  }

  static Scenario port() {
    return new Scenario(
        "excluded-port",
        "Port 15090 is left alone, the port beside it is not",
        Setup.of(Interception.redirect(Party.SERVER)),
        List.of(
            Hop.application(Party.CLIENT, "connect(15090)"),
            Hop.route("forwards"),
            Hop.rule(Party.SERVER, "nat PREROUTING: dport 15090, RETURN"),
            Hop.application(Party.SERVER, "accept()")),
        family -> {
          Probe excluded =
              Probe.of(
                  Party.CLIENT,
                  Behaviour.ECHO,
                  Party.SERVER.address(family),
                  Servers.EXCLUDED_PORT,
                  EXEMPT_FROM);
          Step direct =
              new StepBuilder("port 15090", excluded)
                  .serverSees(Expected.is(client(family, EXEMPT_FROM)))
                  .echoes()
                  .logLines(Party.SERVER, 0)
                  .counted(Party.SERVER, "--dport 15090 -j RETURN", Expected.packets(1))
                  .counted(Party.SERVER, Steps.TO_INBOUND, Expected.packets(0))
                  .build();
          Step captured =
              RedirectScenarios.inboundStep(
                  "port 8080", family, Steps.echoFrom(family, CAPTURED_FROM));
          return new Trial(
              List.of(direct, captured),
              List.of(Steps.failsWithoutProxy(family, Expected.is("refused"))));
        });
  }

  static Scenario selfCall() {
    return new Scenario(
        "self-call",
        "A pod calls itself: by its service IP through the proxy twice, by its own address"
            + " directly",
        Setup.of(Interception.redirect(Party.CLIENT))
            .serving(Party.CLIENT)
            .with(Setup.Extra.SELF_SERVICE),
        List.of(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.rule(Party.CLIENT, "nat OUTPUT: REDIRECT 15001"),
            Hop.proxy(Party.CLIENT, "outbound: dials the service IP"),
            Hop.route("DNAT back to the pod, source translated"),
            Hop.rule(Party.CLIENT, "nat PREROUTING: REDIRECT 15006"),
            Hop.proxy(Party.CLIENT, "inbound: dials from 127.0.0.6 / ::6"),
            Hop.application(Party.CLIENT, "accept()")),
        family -> {
          Probe own =
              Probe.of(
                  Party.CLIENT,
                  Behaviour.ECHO,
                  Party.CLIENT.address(family),
                  Servers.ECHO_PORT,
                  EXEMPT_FROM);
          Step direct =
              new StepBuilder("its own address", own)
                  .servedBy(Party.CLIENT)
                  .serverSees(Expected.is(client(family, EXEMPT_FROM)))
                  .echoes()
                  .logLines(Party.CLIENT, 0)
                  .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(0))
                  .counted(Party.CLIENT, Steps.TO_INBOUND, Expected.packets(0))
                  .build();
          return new Trial(List.of(service(family), direct), List.of(stopped(family)));
        });
  }

  private static Step stopped(Family family) {
    Probe probe =
        Probe.of(
            Party.CLIENT, Behaviour.ECHO, family.selfServiceIp(), Servers.ECHO_PORT, STOPPED_FROM);
    return new StepBuilder("proxy stopped", probe)
        .servedBy(Party.CLIENT)
        .serverAcceptsNothing()
        .clientEndsWith(Expected.is("refused"))
        .build();
  }

  private static Step service(Family family) {
    Probe probe =
        Probe.of(
            Party.CLIENT, Behaviour.ECHO, family.selfServiceIp(), Servers.ECHO_PORT, SERVICE_FROM);
    String pod = Family.endpoint(Party.CLIENT.address(family), Servers.ECHO_PORT);
    return new StepBuilder("its service IP", probe)
        .servedBy(Party.CLIENT)
        .clientSeesWhatItDialled()
        .serverSees(Expected.anyPortOf(Steps.passthrough(family)))
        .echoes()
        .logLines(Party.CLIENT, 2)
        .logged(Party.CLIENT, "outbound", "original_destination", Expected.is(probe.dialled()))
        .logged(Party.CLIENT, "inbound", "original_destination", Expected.is(pod))
        .logged(
            Party.CLIENT,
            "inbound",
            "source",
            Expected.anyPortOf(AddressText.of(Party.HOST.address(family))))
        .loggedBytes(Party.CLIENT, "outbound")
        .loggedBytes(Party.CLIENT, "inbound")
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1))
        .counted(Party.CLIENT, Steps.TO_INBOUND, Expected.packets(1))
        .build();
  }
}
