// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import dev.sluice.net.AddressText;
import dev.sluice.socketlb.Scope;
import java.util.List;

/** Interception by programs on sockets alone: nothing of netfilter, and a proxy without rights. */
final class SocketScenarios {
  private static final int HOST_FROM = 41061;
  private static final int MAPPED_FROM = 41062;
  private static final int HOST_STOPPED_FROM = 41063;
  private static final Hop TO_PROXY =
      Hop.hook(Party.CLIENT, "connect hook: to the proxy on loopback");

  private SocketScenarios() {}

  static Scenario both() {
    return new Scenario(
        "socket-mode",
        "Sockets alone: no rule, route or conntrack entry, a proxy without rights, the real client",
        Setup.of(Interception.socket(Party.CLIENT), Interception.socket(Party.SERVER))
            .with(Setup.Extra.LATENCY),
        List.of(
            Hop.application(Party.CLIENT, "connect()"),
            TO_PROXY,
            Hop.proxy(Party.CLIENT, "SO_ORIGINAL_DST, dials it"),
            Hop.route("forwards"),
            Hop.hook(Party.SERVER, "sk_lookup: to the proxy's listener"),
            Hop.proxy(Party.SERVER, "dials from 127.0.0.6 / ::1"),
            Hop.application(Party.SERVER, "accept(): the real client")),
        family ->
            new Trial(
                List.of(
                    throughBoth("dial", family, Steps.echo(family)),
                    throughBoth(
                        "dial from an AF_INET6 socket",
                        family,
                        Steps.echoFrom(family, MAPPED_FROM).throughMappedSocket()),
                    fromTheHost(family),
                    Steps.curl(
                        Party.HOST,
                        family,
                        Expected.is(Topology.hostTowardsServer(family)),
                        Expected.is(Integer.toString(Steps.curlPort(family))))),
                List.of(
                    Steps.failsWithoutProxy(family, Expected.is("refused")),
                    hostWithoutProxy(family))));
  }

  static Scenario serviceIp() {
    return new Scenario(
        "socket-service-ip",
        "Sockets alone, load balanced at connect(): the policy on the service IP holds",
        Setup.of(Interception.socket(Party.CLIENT))
            .with(Setup.Extra.POLICY)
            .with(Balancing.sockets(Scope.ALL)),
        List.of(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            TO_PROXY,
            Hop.proxy(Party.CLIENT, "sees the service IP; policy applies"),
            Hop.hook(Party.CLIENT, "connect hook: service IP becomes a backend"),
            Hop.route("forwards"),
            Hop.application(Party.SERVER, "accept()")),
        family ->
            new Trial(
                List.of(
                    BalancingSteps.deniedPort(family).build(),
                    BalancingSteps.echo(family),
                    BalancingSteps.requestsLogged(
                            family,
                            family.balancedServiceIp(),
                            List.of(BalancingSteps.requests(family.balancedServiceIp()).dialled()))
                        .tablesAreEmpty(Party.CLIENT)
                        .build()),
                List.of(Steps.failsWithoutProxy(family, Expected.is("refused")))));
  }

  /** Through the client's proxy and the server's: each party sees whom it talks to. */
  private static Step throughBoth(String label, Family family, Probe probe) {
    return new StepBuilder(label, probe)
        .clientSeesWhatItDialled()
        .serverSees(Expected.anyPortOf(AddressText.of(Party.CLIENT.address(family))))
        .echoes()
        .logLines(Party.CLIENT, 1)
        .logged(
            Party.CLIENT,
            "outbound",
            "original_destination",
            Expected.is(Steps.server(family, Servers.ECHO_PORT)))
        .logged(Party.CLIENT, "outbound", "mode", Expected.is("socket"))
        .loggedBytes(Party.CLIENT, "outbound")
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is("closed"))
        .serverPeerIsUpstreamSource(Party.CLIENT, "outbound")
        .logLines(Party.SERVER, 1)
        .loggedBytes(Party.SERVER, "inbound")
        .tablesAreEmpty(Party.CLIENT)
        .tablesAreEmpty(Party.SERVER)
        .build();
  }

  /** A client that nothing intercepts: the server sees its address and its port. */
  private static Step fromTheHost(Family family) {
    return new StepBuilder("from the host", hostProbe(family, HOST_FROM))
        .clientSeesWhatItDialled()
        .serverSees(Expected.is(Topology.hostTowardsServer(family), HOST_FROM))
        .echoes()
        .logLines(Party.SERVER, 1)
        .logged(
            Party.SERVER,
            "inbound",
            "original_destination",
            Expected.is(Steps.server(family, Servers.ECHO_PORT)))
        .logged(
            Party.SERVER,
            "inbound",
            "source",
            Expected.is(Topology.hostTowardsServer(family), HOST_FROM))
        .logged(Party.SERVER, "inbound", "mode", Expected.is("socket"))
        .logged(
            Party.SERVER, "inbound", "upstream_source", Expected.anyPortOf(announcedFrom(family)))
        .logged(Party.SERVER, "inbound", "outcome", Expected.is("closed"))
        .build();
  }

  private static Step hostWithoutProxy(Family family) {
    return new StepBuilder("proxy stopped, from the host", hostProbe(family, HOST_STOPPED_FROM))
        .serverAcceptsNothing()
        .clientEndsWith(Expected.is("refused"))
        .build();
  }

  private static Probe hostProbe(Family family, int from) {
    return Probe.of(
        Party.HOST, Behaviour.ECHO, Party.SERVER.address(family), Servers.ECHO_PORT, from);
  }

  /** Where the proxy's own socket really is. */
  private static String announcedFrom(Family family) {
    return switch (family) {
      case IPV4 -> Steps.passthrough(family);
      case IPV6 -> AddressText.of(family.loopback());
    };
  }
}
