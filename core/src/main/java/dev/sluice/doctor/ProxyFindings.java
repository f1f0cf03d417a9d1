// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import dev.sluice.rules.Family;
import dev.sluice.rules.Interception;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.RuleOptions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether a proxy serves what rules steer to it. Pure, but for who holds a socket now. */
final class ProxyFindings {
  /** Istio's word for a proxy that applications connect to themselves. */
  private static final String NOT_STEERED = "NONE";

  private final Facts facts;
  private final NamespaceFacts.Sockets sockets;
  private final List<Finding> found = new ArrayList<>();

  private ProxyFindings(Facts facts) {
    this.facts = facts;
    this.sockets = facts.namespace().sockets();
  }

  static List<Finding> of(Facts facts) {
    ProxyFindings findings = new ProxyFindings(facts);
    if (facts.namespace().rules().isEmpty()) {
      findings.withoutRules();
    } else {
      findings.judge(facts.namespace().rules().getFirst());
    }
    return findings.found;
  }

  private void withoutRules() {
    ProxyPorts ports = ProxyPorts.ISTIO;
    List<Listener> outbound = sockets.on(Family.IPV4, ports.outbound());
    boolean listens = !outbound.isEmpty() && !sockets.on(Family.IPV4, ports.inbound()).isEmpty();
    boolean steered = facts.used().contains(Mode.SOCKET) || !facts.namespace().others().isEmpty();
    if (!listens || steered || facts.namespace().unreadable().isPresent()) {
      return;
    }
    String mode =
        sockets
            .holder(outbound.getFirst())
            .flatMap(Launch::of)
            .flatMap(Launch::mode)
            .orElse(facts.subject().asked().contains(Mode.TPROXY) ? "TPROXY" : "REDIRECT");
    if (!mode.equals(NOT_STEERED)) {
      found.add(
          new Finding(
              Fault.RULES_MISSING,
              "a proxy listens on %d and %d, and no rule steers connections there"
                  .formatted(ports.outbound(), ports.inbound()),
              "every connection goes past it",
              steer(mode)));
    }
  }

  private Fix steer(String mode) {
    return switch (mode) {
      case "SOCKET" -> new Fix.Ask("run 'sluice capture on' for its cgroup");
      case "TPROXY", "REDIRECT" ->
          new Fix.Run(
              RuleFindings.init(facts.subject(), RuleOptions.defaults(Interception.valueOf(mode))));
      default -> new Fix.Ask("run 'sluice init' with the mode of the proxy, " + mode);
    };
  }

  private void judge(RuleFacts rules) {
    Set<Integer> dead = new LinkedHashSet<>();
    List<String> half = new ArrayList<>();
    Set<Resident> holders = new LinkedHashSet<>();
    for (int port : rules.ports()) {
      List<Family> unserved =
          rules.families().stream().filter(family -> sockets.on(family, port).isEmpty()).toList();
      for (Family family : rules.families()) {
        for (Listener listener : sockets.on(family, port)) {
          sockets.holder(listener).ifPresent(holders::add);
        }
      }
      if (unserved.size() == rules.families().size()) {
        dead.add(port);
      } else {
        unserved.forEach(family -> half.add(port + " for " + family.label()));
      }
    }
    if (!dead.isEmpty()) {
      nobody(rules, dead);
    }
    if (!half.isEmpty()) {
      oneFamily(rules, half, holders);
    }
    rules.options().ifPresent(options -> exemption(rules, options, holders));
  }

  private void nobody(RuleFacts rules, Set<Integer> ports) {
    found.add(
        new Finding(
            Fault.PROXY_DEAD,
            "nobody listens on port "
                + String.join(" and ", ports.stream().map(Object::toString).toList())
                + ", where connections are steered to",
            "captured connections are refused" + ProxyStart.UNKNOWN,
            start(rules, Set.of(), "")));
  }

  private void oneFamily(RuleFacts rules, List<String> half, Set<Resident> holders) {
    found.add(
        new Finding(
            Fault.ONE_FAMILY,
            "nobody listens on port " + String.join(", ", half) + ", where its rules steer to",
            "connections of that family are refused",
            start(rules, holders, "so that it listens there too")));
  }

  private void exemption(RuleFacts rules, RuleOptions options, Set<Resident> holders) {
    for (Resident holder : holders) {
      if (!options.proxy().users().contains(holder.user())
          && !options.proxy().groups().contains(holder.group())) {
        found.add(
            new Finding(
                Fault.PROXY_NOT_EXEMPT,
                "the proxy, process %d, runs as user %d and group %d; the rules exempt user %s and group %s"
                    .formatted(
                        holder.pid(),
                        holder.user(),
                        holder.group(),
                        options.proxy().users(),
                        options.proxy().groups()),
                "its own connections come back to it in a circle",
                start(
                    rules,
                    Set.of(holder),
                    "as user %d and group %d"
                        .formatted(
                            options.proxy().users().getFirst(),
                            options.proxy().groups().getFirst()))));
      }
    }
  }

  /** Starts a proxy, after the end of those that are in its way. */
  private Fix start(RuleFacts rules, Set<Resident> former, String wanted) {
    Optional<RuleOptions> options = rules.options();
    if (options.isEmpty()) {
      return new Fix.Ask("start the proxy that these rules are for");
    }
    String user = user(options.get());
    return ProxyStart.of(
        former,
        proxy(options.get()),
        line -> facts.subject().inside(user + " " + line),
        wanted,
        List.of(options.get().proxy().users().getFirst()));
  }

  private static String user(RuleOptions options) {
    Interception interception = options.interception();
    boolean tproxy = interception.inboundByTproxy() || interception.outboundByTproxy();
    // To be transparent takes CAP_NET_ADMIN; ip(7).
    String rights = tproxy ? " --inh-caps +net_admin --ambient-caps +net_admin" : "";
    return "setpriv --reuid %d --regid %d --clear-groups%s"
        .formatted(options.proxy().users().getFirst(), options.proxy().groups().getFirst(), rights);
  }

  private static String proxy(RuleOptions options) {
    Interception interception = options.interception();
    return "sluice proxy --interception-mode "
        + (interception.inboundByTproxy() ? "TPROXY" : "REDIRECT")
        + (interception.outboundByTproxy() ? " --outbound-interception-mode TPROXY" : "")
        + port("--outbound-port", options.ports().outbound(), ProxyPorts.ISTIO.outbound())
        + port("--inbound-port", options.ports().inbound(), ProxyPorts.ISTIO.inbound());
  }

  static String port(String option, int port, int usual) {
    return port == usual ? "" : " " + option + " " + port;
  }
}
