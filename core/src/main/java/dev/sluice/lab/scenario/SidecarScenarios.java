// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.socketlb.Scope;
import java.net.InetAddress;
import java.util.List;

/**
 * Proxies that aren't ours, unmodified and plainly configured, where load balancing at connect(2)
 * hides the service IP from them, and where it is given back. Each denies one service IP.
 */
final class SidecarScenarios {
  private static final int LISTENER = 15001;
  private static final int CONTROL = 1;
  private static final int OTHER_HOST = 2;

  private SidecarScenarios() {}

  static Scenario bypass(Sidecar sidecar) {
    return new Scenario(
        sidecar.text() + "-bypass",
        "Load balancing at connect(), " + sidecar.text() + " as sidecar: its filter is BYPASSED",
        setup(sidecar, Balancing.sockets(Scope.ALL)),
        List.of(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.hook(Party.CLIENT, "connect hook: service IP becomes a backend"),
            Hop.rule(Party.CLIENT, "nat OUTPUT: REDIRECT 15001"),
            Hop.proxy(Party.CLIENT, sidecar.text() + ": sees no service IP"),
            Hop.route("forwards"),
            Hop.application(Party.SERVER, "accept()")),
        family ->
            trial(
                family,
                BalancingSteps.requestsBalanced(
                    family, family.balancedServiceIp(), seenInBypass(sidecar, family))));
  }

  static Scenario serviceIp(Sidecar sidecar) {
    return new Scenario(
        sidecar.text() + "-service-ip",
        "The service IP given back to " + sidecar.text() + ": its filter holds, balanced as before",
        setup(sidecar, Balancing.sockets(Scope.ALL).with(Balancing.Extra.SERVICE_IP)),
        BalancingScenarios.givenBackPath(sidecar.text() + ": sees the service IP"),
        family ->
            trial(
                family,
                denied(sidecar, family),
                BalancingSteps.requestsBalanced(
                    family,
                    family.openServiceIp(),
                    List.of(Family.endpoint(family.openServiceIp(), Servers.NGINX_PORT)))));
  }

  /** A filter by Host header, which no translation of addresses can hide from. */
  static Scenario hostFilter() {
    return new Scenario(
        "host-filter",
        "Where the filter by address is bypassed, one by Host header goes on working",
        setup(Sidecar.HOST_FILTER, Balancing.sockets(Scope.ALL)),
        List.of(
            Hop.application(Party.CLIENT, "connect(service IP), Host: ledger.example"),
            Hop.hook(Party.CLIENT, "connect hook: service IP becomes a backend"),
            Hop.rule(Party.CLIENT, "nat OUTPUT: REDIRECT 15001"),
            Hop.proxy(Party.CLIENT, "reads the Host header: 403")),
        family ->
            trial(
                family,
                byHost(family),
                addressFilter(
                    "a service IP that nothing translates",
                    family.serviceIp(),
                    Steps.curlPort(family) + CONTROL,
                    "000",
                    "tcp_denied",
                    List.of(Family.endpoint(family.serviceIp(), Servers.NGINX_PORT))),
                addressFilter(
                    "the balanced service IP, another host",
                    family.balancedServiceIp(),
                    Steps.curlPort(family) + OTHER_HOST,
                    "200",
                    "closed",
                    BalancingSteps.backends(family, Servers.NGINX_PORT))));
  }

  private static Step byHost(Family family) {
    Probe probe =
        curl(Behaviour.CURL_DENIED_HOST, family.balancedServiceIp(), Steps.curlPort(family));
    return new StepBuilder("the balanced service IP, denied host", probe)
        .clientField("status of the answer", "status", Expected.is("403"), "curl")
        .logLines(Party.CLIENT, 1)
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is("host_denied"))
        .logged(Party.CLIENT, "outbound", "host", Expected.is("ledger.example"))
        .logged(
            Party.CLIENT,
            "outbound",
            "original_destination",
            Expected.oneOf(
                BalancingSteps.backends(family, Servers.NGINX_PORT).toArray(String[]::new)))
        .build();
  }

  private static Step addressFilter(
      String label,
      InetAddress service,
      int localPort,
      String status,
      String outcome,
      List<String> destinations) {
    return new StepBuilder(label, curl(Behaviour.CURL, service, localPort))
        .clientField("status of the answer", "status", Expected.is(status), "curl")
        .logLines(Party.CLIENT, 1)
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is(outcome))
        .logged(
            Party.CLIENT,
            "outbound",
            "original_destination",
            Expected.oneOf(destinations.toArray(String[]::new)))
        .build();
  }

  private static Step denied(Sidecar sidecar, Family family) {
    Probe probe = curl(Behaviour.CURL, family.balancedServiceIp(), Steps.curlPort(family));
    // 000 is curl's word for no answer at all.
    String status = sidecar == Sidecar.NGINX ? "403" : "000";
    return new StepBuilder("denied service", probe)
        .clientField("status of the answer", "status", Expected.is(status), "curl")
        .logLines(Party.CLIENT, 1)
        .logged(Party.CLIENT, "outbound", "original_destination", Expected.is(probe.dialled()))
        .logged(Party.CLIENT, "outbound", "outcome", Expected.is(denial(sidecar)))
        .counted(Party.CLIENT, Steps.TO_OUTBOUND, Expected.packets(1))
        .build();
  }

  /** What a sidecar logs of a connection that its own filter ended. */
  private static String denial(Sidecar sidecar) {
    return switch (sidecar) {
      case SLUICE -> "policy_denied";
      case ENVOY -> "rbac_access_denied_matched_policy[deny-ledger]";
      // Ended by the proxy, while a request was awaited (the manual's "session state").
      case HAPROXY -> "PR";
      case NGINX -> "403";
      case HOST_FILTER -> "tcp_denied";
    };
  }

  /**
   * SO_ORIGINAL_DST says a backend. HAProxy 2.6 asks it on IPv4 alone and nginx never: they ask
   * getsockname(2), which says where they listen themselves.
   */
  private static List<String> seenInBypass(Sidecar sidecar, Family family) {
    boolean asksOriginal =
        sidecar == Sidecar.ENVOY || (sidecar == Sidecar.HAPROXY && family == Family.IPV4);
    return asksOriginal
        ? BalancingSteps.backends(family, Servers.NGINX_PORT)
        : List.of(Family.endpoint(family.loopback(), LISTENER));
  }

  private static Setup setup(Sidecar sidecar, Balancing balancing) {
    return Setup.of(Interception.redirect(Party.CLIENT).by(sidecar)).with(balancing);
  }

  private static Probe curl(Behaviour behaviour, InetAddress service, int localPort) {
    return Probe.of(Party.CLIENT, behaviour, service, Servers.NGINX_PORT, localPort);
  }

  private static Trial trial(Family family, Step... steps) {
    return new Trial(
        List.of(steps), List.of(Steps.failsWithoutProxy(family, Expected.is("refused"))));
  }
}
