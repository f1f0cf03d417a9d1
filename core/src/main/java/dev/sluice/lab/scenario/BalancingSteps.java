// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.util.List;

/** Connections to a service IP that has two backends, and what proves who led them there. Pure. */
final class BalancingSteps {
  /** The rules by which the host translates packets; they count each connection's first one. */
  static final String DNAT = "-j DNAT";

  private static final int DENIED_FROM = 41041;
  private static final int ECHO_FROM = 41042;
  private static final int HOST_FROM = 41043;
  private static final int KERNELS_CHOICE = 0;

  private BalancingSteps() {}

  /** The policy on the service IP holds; the server would speak first. */
  static Step denied(Family family) {
    return deniedPort(family).counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1)).build();
  }

  static StepBuilder deniedPort(Family family) {
    return PolicyScenarios.denied(
        "denied port", dial(family, Behaviour.LISTEN, Manifests.DENIED_PORT, DENIED_FROM));
  }

  /** The same client gets through, because the proxy saw a backend and no policy is on that. */
  static Step bypassed(Family family) {
    Probe probe = dial(family, Behaviour.BANNER, Manifests.DENIED_PORT, DENIED_FROM);
    return new StepBuilder("denied port, bypassed", probe)
        .clientSeesWhatItDialled()
        .serverSees(Expected.anyPortOf(AddressText.of(Party.CLIENT.address(family))))
        .clientField(
            "what the client got while silent", "banner", Expected.is("220_ready"), "client's read")
        .echoes()
        .logLines(Party.CLIENT, 1)
        .logged(
            Party.CLIENT,
            "outbound",
            "original_destination",
            Expected.oneOf(backends(family, probe.port()).toArray(String[]::new)))
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is("closed"))
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1))
        .build();
  }

  /** Denied by a program at connect(2): no packet, and nothing for the proxy. */
  static Step refusedAtConnect(Family family) {
    return new StepBuilder(
            "denied port", dial(family, Behaviour.LISTEN, Manifests.DENIED_PORT, DENIED_FROM))
        .clientEndsWith(Expected.is("refused"))
        .serverAcceptsNothing()
        .logLines(Party.CLIENT, 0)
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(0))
        .build();
  }

  /** Many requests, none of which the proxy hears of. */
  static Step requestsPastTheProxy(Family family) {
    return answeredByBoth(
            new StepBuilder("many requests", requests(family.balancedServiceIp())), family)
        .logLines(Party.CLIENT, 0)
        .wentTo(Party.CLIENT, backends(family, Servers.NGINX_PORT))
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(0))
        .build();
  }

  /** 64 KiB to a port that no policy denies, with the service IP in the proxy's log. */
  static Step echo(Family family) {
    Probe probe = dial(family, Behaviour.ECHO, Servers.ECHO_PORT, ECHO_FROM);
    return new StepBuilder("another port", probe)
        .clientSeesWhatItDialled()
        .serverSees(Expected.anyPortOf(AddressText.of(Party.CLIENT.address(family))))
        .echoes()
        .logLines(Party.CLIENT, 1)
        .logged(Party.CLIENT, "outbound", "original_destination", Expected.is(probe.dialled()))
        .loggedBytes(Party.CLIENT, "outbound")
        .serverPeerIsUpstreamSource(Party.CLIENT, "outbound")
        .build();
  }

  /** Many requests: each translated by the host, packet by packet, to both backends in turn. */
  static Step requestsTranslatedByTheHost(Family family) {
    Probe probe = requests(family.balancedServiceIp());
    return answeredByBoth(new StepBuilder("many requests", probe), family)
        .logLines(Party.CLIENT, Probe.REQUESTS)
        .loggedDestinations(Party.CLIENT, List.of(probe.dialled()))
        .wentTo(Party.CLIENT, List.of(probe.dialled()))
        .counted(Party.HOST, DNAT, Expected.packets(Probe.REQUESTS))
        .build();
  }

  /** Many requests: the client pod's kernel knows backends alone, the proxy's log has these. */
  static Step requestsBalanced(Family family, InetAddress service, List<String> logged) {
    return requestsLogged(family, service, logged)
        .wentTo(Party.CLIENT, backends(family, Servers.NGINX_PORT))
        .build();
  }

  /** Many requests: both backends answer, and the proxy's log has these destinations. */
  static StepBuilder requestsLogged(Family family, InetAddress service, List<String> logged) {
    return answeredByBoth(new StepBuilder("many requests", requests(service)), family)
        .logLines(Party.CLIENT, Probe.REQUESTS)
        .loggedDestinations(Party.CLIENT, logged);
  }

  /** A socket of the host's own is load balanced while the pod's are not. */
  static Step fromTheHost(Family family) {
    Probe probe =
        Probe.of(
            Party.HOST, Behaviour.ECHO, family.balancedServiceIp(), Servers.ECHO_PORT, HOST_FROM);
    return new StepBuilder("from the host", probe)
        .clientSeesWhatItDialled()
        .serverSees(Expected.is(Topology.hostTowardsServer(family), HOST_FROM))
        .echoes()
        .wentToOneOf(Party.HOST, backends(family, probe.port()))
        .counted(Party.HOST, DNAT, Expected.packets(0))
        .build();
  }

  /** Both backends at one port, in the order in which texts are sorted. */
  static List<String> backends(Family family, int port) {
    return List.of(
        Family.endpoint(Party.SERVER.address(family), port),
        Family.endpoint(family.secondBackend(), port));
  }

  static Probe requests(InetAddress service) {
    return Probe.of(Party.CLIENT, Behaviour.FETCH, service, Servers.NGINX_PORT, KERNELS_CHOICE);
  }

  private static StepBuilder answeredByBoth(StepBuilder step, Family family) {
    String both =
        AddressText.of(Party.SERVER.address(family)) + "," + AddressText.of(family.secondBackend());
    return step.clientSeesWhatItDialled()
        .clientField(
            "requests that were answered",
            "answered",
            Expected.is(Integer.toString(Probe.REQUESTS)),
            "client's read")
        .clientField("the backends that answered", "servers", Expected.is(both), "nginx");
  }

  private static Probe dial(Family family, Behaviour behaviour, int port, int localPort) {
    return Probe.of(Party.CLIENT, behaviour, family.balancedServiceIp(), port, localPort);
  }
}
