// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.util.List;

/** Streams that are not request and answer, each through two proxies in a row. */
final class StreamScenarios {
  private static final String BANNER = "220_ready";
  private static final int FIRST = 41011;
  private static final int SECOND = 41012;

  private StreamScenarios() {}

  static Scenario serverFirst() {
    return new Scenario(
        "server-first",
        "The server speaks first: its greeting arrives before the client has said anything",
        both(),
        RedirectScenarios.bothPath(),
        family -> {
          String bytes = Integer.toString(Probe.BYTES);
          String more = Integer.toString(Probe.BYTES + 11);
          Step greeted =
              through(
                      new StepBuilder(
                          "dial", probe(family, Behaviour.BANNER, Servers.BANNER_PORT, FIRST)),
                      family)
                  .clientField(
                      "what the client got while silent",
                      "banner",
                      Expected.is(BANNER),
                      "client's read")
                  .echoes()
                  .logged(Party.CLIENT, "outbound", "bytes_received", Expected.is(bytes))
                  .logged(Party.CLIENT, "outbound", "bytes_sent", Expected.is(more))
                  .build();
          return new Trial(List.of(greeted), List.of(stopped(family)));
        });
  }

  static Scenario halfClose() {
    return new Scenario(
        "half-close",
        "One side ends its half, the other goes on: in both orders, through two proxies",
        both(),
        RedirectScenarios.bothPath(),
        family -> {
          Step clientFirst =
              through(
                      new StepBuilder(
                          "the client ends first",
                          probe(family, Behaviour.DIGEST, Servers.DIGEST_PORT, FIRST)),
                      family)
                  .clientField(
                      "the answer, given only after the client's end, is right",
                      "intact",
                      Expected.is("yes"),
                      "client's read")
                  .clientEndsWith(Expected.is("eof"))
                  .build();
          Step serverFirst =
              through(
                      new StepBuilder(
                          "the server ends first",
                          probe(family, Behaviour.GOODBYE, Servers.GOODBYE_PORT, SECOND)),
                      family)
                  .clientField(
                      "what the client got before the server's end",
                      "banner",
                      Expected.is(BANNER),
                      "client's read")
                  .ended(
                      "bytes that the server got after its own end",
                      "received",
                      Expected.is(Integer.toString(Probe.BYTES)))
                  .ended("how the client's half ended", "how", Expected.is("eof"))
                  .build();
          return new Trial(List.of(clientFirst, serverFirst), List.of(stopped(family)));
        });
  }

  private static Setup both() {
    return Setup.of(Interception.redirect(Party.CLIENT), Interception.redirect(Party.SERVER));
  }

  private static Step stopped(Family family) {
    return Steps.failsWithoutProxy(family, Expected.is("refused"));
  }

  private static Probe probe(Family family, Behaviour behaviour, int port, int localPort) {
    return Probe.of(Party.CLIENT, behaviour, Party.SERVER.address(family), port, localPort);
  }

  /** Both proxies carry it, and both log it as closed in order. */
  private static StepBuilder through(StepBuilder step, Family family) {
    return step.clientSeesWhatItDialled()
        .serverSees(Expected.anyPortOf(Steps.passthrough(family)))
        .logLines(Party.CLIENT, 1)
        .logLines(Party.SERVER, 1)
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is("closed"))
        .logged(Party.SERVER, "inbound", "outcome", Expected.is("closed"))
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1))
        .counted(Party.SERVER, Steps.TO_INBOUND, Expected.packets(1));
  }
}
