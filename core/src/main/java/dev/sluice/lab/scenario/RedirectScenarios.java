// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static dev.sluice.lab.scenario.Steps.client;
import static dev.sluice.lab.scenario.Steps.passthrough;
import static dev.sluice.lab.scenario.Steps.server;

import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.util.List;

/** nat REDIRECT, in one direction, in the other, and in both on one connection. */
final class RedirectScenarios {
  private static final List<Hop> BOTH_PATH =
      List.of(
          Hop.application(Party.CLIENT, "connect()"),
          Hop.rule(Party.CLIENT, "nat OUTPUT: REDIRECT 15001"),
          Hop.proxy(Party.CLIENT, "outbound: SO_ORIGINAL_DST, dials it"),
          Hop.route("forwards"),
          Hop.rule(Party.SERVER, "nat PREROUTING: REDIRECT 15006"),
          Hop.proxy(Party.SERVER, "inbound: dials from 127.0.0.6 / ::6"),
          Hop.application(Party.SERVER, "accept()"));

  private RedirectScenarios() {}

  static Scenario outbound() {
    return new Scenario(
        "redirect-outbound",
        "REDIRECT outbound: the client's connections go through its proxy",
        Setup.of(Interception.redirect(Party.CLIENT)).with(Setup.Extra.LATENCY),
        List.of(
            Hop.application(Party.CLIENT, "connect()"),
            Hop.rule(Party.CLIENT, "nat OUTPUT: REDIRECT 15001"),
            Hop.proxy(Party.CLIENT, "SO_ORIGINAL_DST, dials it"),
            Hop.route("forwards"),
            Hop.application(Party.SERVER, "accept()")),
        family -> {
          String pod = AddressText.of(Party.CLIENT.address(family));
          return new Trial(
              List.of(
                  outboundStep("dial", family, Steps.echo(family)),
                  Steps.curl(family, Expected.is(pod), Steps.otherPortThanCurls(family))),
              List.of(Steps.failsWithoutProxy(family, Expected.is("refused"))));
        });
  }

  /** A connection that the client's proxy carries; shared with the case of v4-mapped sockets. */
  static Step outboundStep(String label, Family family, Probe probe) {
    return new StepBuilder(label, probe)
        .clientSeesWhatItDialled()
        .serverSees(Expected.anyPortOf(AddressText.of(Party.CLIENT.address(family))))
        .echoes()
        .logLines(Party.CLIENT, 1)
        .logged(
            Party.CLIENT,
            "outbound",
            "original_destination",
            Expected.is(server(family, Servers.ECHO_PORT)))
        .logged(Party.CLIENT, "outbound", "source", Expected.is(client(family, probe.localPort())))
        .logged(Party.CLIENT, "outbound", "mode", Expected.is("redirect"))
        .loggedBytes(Party.CLIENT, "outbound")
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is("closed"))
        .serverPeerIsUpstreamSource(Party.CLIENT, "outbound")
        .redirectedTo(Party.CLIENT, Steps.OUTBOUND)
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1))
        .build();
  }

  static Scenario inbound() {
    return new Scenario(
        "redirect-inbound",
        "REDIRECT inbound: the server's proxy stands before it, the server sees 127.0.0.6 / ::6",
        Setup.of(Interception.redirect(Party.SERVER)).with(Setup.Extra.LATENCY),
        List.of(
            Hop.application(Party.CLIENT, "connect()"),
            Hop.route("forwards"),
            Hop.rule(Party.SERVER, "nat PREROUTING: REDIRECT 15006"),
            Hop.proxy(Party.SERVER, "dials from 127.0.0.6 / ::6"),
            Hop.application(Party.SERVER, "accept()")),
        family ->
            new Trial(
                List.of(
                    inboundStep("dial", family, Steps.echo(family)),
                    Steps.curl(
                        family,
                        Expected.is(passthrough(family)),
                        Steps.otherPortThanCurls(family))),
                List.of(Steps.failsWithoutProxy(family, Expected.is("refused")))));
  }

  /** A connection that the server's proxy carries. */
  static Step inboundStep(String label, Family family, Probe probe) {
    return inbound(
            new StepBuilder(label, probe)
                .clientSeesWhatItDialled()
                .serverSees(Expected.anyPortOf(passthrough(family)))
                .echoes(),
            family)
        .logged(Party.SERVER, "inbound", "source", Expected.is(client(family, probe.localPort())))
        .redirectedTo(Party.SERVER, Steps.INBOUND)
        .build();
  }

  private static StepBuilder inbound(StepBuilder step, Family family) {
    return step.logLines(Party.SERVER, 1)
        .logged(
            Party.SERVER,
            "inbound",
            "original_destination",
            Expected.is(server(family, Servers.ECHO_PORT)))
        .logged(Party.SERVER, "inbound", "mode", Expected.is("redirect"))
        .loggedBytes(Party.SERVER, "inbound")
        .logged(Party.SERVER, "inbound", "outcome", Expected.is("closed"))
        .serverPeerIsUpstreamSource(Party.SERVER, "inbound")
        .counted(Party.SERVER, Steps.TO_INBOUND, Expected.packets(1));
  }

  static Scenario both() {
    return new Scenario(
        "redirect-both",
        "Both directions: one connection through the client's and the server's proxy",
        Setup.of(Interception.redirect(Party.CLIENT), Interception.redirect(Party.SERVER))
            .with(Setup.Extra.LATENCY),
        BOTH_PATH,
        family -> {
          StepBuilder step =
              new StepBuilder("dial", Steps.echo(family))
                  .clientSeesWhatItDialled()
                  .serverSees(Expected.anyPortOf(passthrough(family)))
                  .echoes()
                  .logLines(Party.CLIENT, 1)
                  .loggedBytes(Party.CLIENT, "outbound")
                  .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1));
          inbound(step, family)
              .expect(
                  "the server's proxy is dialled by the client's",
                  Expected.same("the two logs agree"),
                  "both access logs",
                  o ->
                      o.logged(Party.SERVER, "inbound", "source")
                          + " = "
                          + o.logged(Party.CLIENT, "outbound", "upstream_source"));
          return new Trial(
              List.of(
                  step.build(),
                  Steps.curl(
                      family, Expected.is(passthrough(family)), Steps.otherPortThanCurls(family))),
              List.of(Steps.failsWithoutProxy(family, Expected.is("refused"))));
        });
  }

  static List<Hop> bothPath() {
    return BOTH_PATH;
  }

  static Scenario v4Mapped() {
    return new Scenario(
        "v4-mapped",
        "An AF_INET6 socket, as every JVM client has it: it dials ::ffff:a.b.c.d, or plain IPv6",
        Setup.of(Interception.redirect(Party.CLIENT)),
        List.of(
            Hop.application(Party.CLIENT, "AF_INET6 connect(::ffff:…)"),
            Hop.rule(Party.CLIENT, "IPv4's nat OUTPUT: REDIRECT 15001"),
            Hop.proxy(Party.CLIENT, "SO_ORIGINAL_DST, dials it"),
            Hop.route("forwards"),
            Hop.application(Party.SERVER, "accept()")),
        family ->
            new Trial(
                List.of(
                    outboundStep(
                        "dial from an AF_INET6 socket",
                        family,
                        Steps.echo(family).throughMappedSocket())),
                List.of(Steps.failsWithoutProxy(family, Expected.is("refused")))));
  }
}
