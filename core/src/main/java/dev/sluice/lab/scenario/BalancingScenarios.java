// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.socketlb.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What a policy on a service IP is worth when something else leads the service's connections to its
 * backends: per packet behind the proxy, or at connect(2) before it, and the answers to the latter.
 */
final class BalancingScenarios {
  private static final Hop REDIRECTED = Hop.rule(Party.CLIENT, "nat OUTPUT: REDIRECT 15001");
  private static final Hop ACCEPTED = Hop.application(Party.SERVER, "accept()");

  private BalancingScenarios() {}

  static Scenario perPacket() {
    return new Scenario(
        "lb-off-redirect",
        "No load balancing at connect(): the proxy sees the service IP, the policy on it holds",
        setup(Balancing.perPacket()),
        holdingPath(Hop.application(Party.CLIENT, "connect(service IP)")),
        heldWithTranslation(List.of()));
  }

  static Scenario bypass() {
    return new Scenario(
        "lb-on-bypass",
        "Load balancing at connect(): the proxy sees a backend, the policy is BYPASSED",
        setup(Balancing.sockets(Scope.ALL)),
        List.of(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.hook(Party.CLIENT, "connect hook: service IP becomes a backend"),
            REDIRECTED,
            Hop.proxy(Party.CLIENT, "sees a backend: no policy on that"),
            Hop.route("forwards"),
            ACCEPTED),
        family ->
            trial(
                family,
                BalancingSteps.bypassed(family),
                BalancingSteps.requestsBalanced(
                    family,
                    family.balancedServiceIp(),
                    BalancingSteps.backends(family, Servers.NGINX_PORT))));
  }

  static Scenario off() {
    return new Scenario(
        "answer-off",
        "Answer 1, scope none: the hooks are attached and leave every socket alone",
        setup(Balancing.sockets(Scope.NONE).with(Balancing.Extra.PER_PACKET)),
        holdingPath(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.hook(Party.CLIENT, "connect hook: off, untouched")),
        heldWithTranslation(List.of()));
  }

  static Scenario hostOnly() {
    return new Scenario(
        "answer-host-only",
        "Answer 2, scope host: the host's sockets are load balanced, the pods' packets translated",
        setup(Balancing.sockets(Scope.HOST).with(Balancing.Extra.PER_PACKET)),
        holdingPath(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.hook(Party.CLIENT, "connect hook: a pod, untouched")),
        heldWithTranslation(List.of(BalancingSteps::fromTheHost)));
  }

  static Scenario podOptOut() {
    return new Scenario(
        "pod-opt-out",
        "One pod is left out (sluice lb skip); all others are load balanced at connect()",
        setup(
            Balancing.sockets(Scope.ALL)
                .with(Balancing.Extra.PER_PACKET)
                .with(Balancing.Extra.CLIENT_SKIPPED)),
        holdingPath(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.hook(Party.CLIENT, "connect hook: exempt, untouched")),
        heldWithTranslation(List.of(BalancingSteps::fromTheHost)));
  }

  static Scenario withoutProxy() {
    return new Scenario(
        "lb-without-proxy",
        "Decided at connect(): denied there, or straight to a backend past the proxy",
        setup(Balancing.sockets(Scope.ALL).with(Balancing.Extra.EXEMPT)),
        List.of(
            Hop.application(Party.CLIENT, "connect(service IP)"),
            Hop.hook(Party.CLIENT, "connect hook: policy decided, marked, a backend"),
            Hop.rule(Party.CLIENT, "nat OUTPUT: marked, left alone"),
            Hop.route("forwards"),
            ACCEPTED),
        family ->
            trial(
                family,
                BalancingSteps.refusedAtConnect(family),
                BalancingSteps.requestsPastTheProxy(family)));
  }

  static Scenario serviceIp() {
    return new Scenario(
        "answer-service-ip",
        "Answer 3, the service IP given back: load balanced at connect(), and the policy holds",
        setup(Balancing.sockets(Scope.ALL).with(Balancing.Extra.SERVICE_IP)),
        givenBackPath("SO_ORIGINAL_DST: the service IP; policy applies"),
        family ->
            trial(
                family,
                BalancingSteps.denied(family),
                BalancingSteps.echo(family),
                BalancingSteps.requestsBalanced(
                    family,
                    family.balancedServiceIp(),
                    List.of(BalancingSteps.requests(family.balancedServiceIp()).dialled()))));
  }

  static List<Hop> givenBackPath(String proxy) {
    return List.of(
        Hop.application(Party.CLIENT, "connect(service IP)"),
        Hop.hook(Party.CLIENT, "connect hooks: recorded, then a backend"),
        REDIRECTED,
        Hop.proxy(Party.CLIENT, proxy),
        Hop.route("forwards"),
        ACCEPTED);
  }

  private static Setup setup(Balancing balancing) {
    return Setup.of(Interception.redirect(Party.CLIENT)).with(Setup.Extra.POLICY).with(balancing);
  }

  private static List<Hop> holdingPath(Hop... beforeRules) {
    List<Hop> path = new ArrayList<>(List.of(beforeRules));
    path.add(REDIRECTED);
    path.add(Hop.proxy(Party.CLIENT, "sees the service IP; policy applies"));
    path.add(Hop.route("DNAT to a backend"));
    path.add(ACCEPTED);
    return path;
  }

  private static Function<Family, Trial> heldWithTranslation(List<Function<Family, Step>> further) {
    return family -> {
      List<Step> steps = new ArrayList<>();
      steps.add(BalancingSteps.denied(family));
      steps.add(BalancingSteps.echo(family));
      steps.add(BalancingSteps.requestsTranslatedByTheHost(family));
      further.forEach(step -> steps.add(step.apply(family)));
      return trial(family, steps.toArray(Step[]::new));
    };
  }

  private static Trial trial(Family family, Step... steps) {
    return new Trial(
        List.of(steps), List.of(Steps.failsWithoutProxy(family, Expected.is("refused"))));
  }
}
