// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import static dev.sluice.rules.istio.IstioOptions.split;

import dev.sluice.rules.Family;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The rules of one family for iptables, in Istio's order (tools/istio-iptables/pkg/capture/run.go
 * of istio/istio).
 */
final class IptablesRules {
  private static final String NAT = "nat";
  private static final String MANGLE = "mangle";

  private final IstioOptions options;
  private final boolean ipv6;
  private final String loopback;
  private final String passthrough;
  private final IptablesLines lines = new IptablesLines();

  private IptablesRules(IstioOptions options, Family family) {
    this.options = options;
    this.ipv6 = family == Family.IPV6;
    this.loopback = ipv6 ? "::1/128" : options.outbound().loopback();
    this.passthrough = ipv6 ? "::6/128" : "127.0.0.6/32";
  }

  static IptablesLines of(IstioOptions options, Family family) {
    IptablesRules rules = new IptablesRules(options, family);
    rules.interfaces();
    rules.dropInvalid();
    rules.listeners();
    if (options.capturesInbound()) {
      rules.inbound();
    }
    rules.outbound();
    if (options.tproxy()) {
      rules.marks();
    }
    return rules.lines;
  }

  private void interfaces() {
    for (String table : options.tproxy() ? List.of(NAT, MANGLE) : List.of(NAT)) {
      for (String name : split(options.surroundings().excludedInterfaces())) {
        lines.append("PREROUTING", table, "-i " + name + " -j RETURN");
        lines.append("OUTPUT", table, "-o " + name + " -j RETURN");
      }
    }
    for (String name : virtualInterfaces()) {
      lines.insert("PREROUTING", NAT, 1, "-i " + name + " -j RETURN");
    }
  }

  private void dropInvalid() {
    if (options.surroundings().dropInvalid()) {
      lines.append("PREROUTING", MANGLE, "-m conntrack --ctstate INVALID -j ISTIO_DROP");
      lines.append("ISTIO_DROP", MANGLE, "-j DROP");
    }
  }

  private void listeners() {
    IstioOptions.Ports ports = options.ports();
    lines.append("ISTIO_INBOUND", NAT, "-p tcp --dport " + ports.tunnel() + " -j RETURN");
    lines.append("ISTIO_REDIRECT", NAT, "-p tcp -j REDIRECT --to-ports " + ports.outbound());
    lines.append("ISTIO_IN_REDIRECT", NAT, "-p tcp -j REDIRECT --to-ports " + ports.inbound());
  }

  private void inbound() {
    String table = options.tproxy() ? MANGLE : NAT;
    if (options.tproxy()) {
      String mark = options.inbound().mark();
      lines.append("ISTIO_DIVERT", MANGLE, "-j MARK --set-mark " + mark);
      lines.append("ISTIO_DIVERT", MANGLE, "-j ACCEPT");
      lines.append(
          "ISTIO_TPROXY",
          MANGLE,
          "! -d %s -p tcp -j TPROXY --tproxy-mark %s/0xffffffff --on-port %s"
              .formatted(loopback, mark, options.ports().inbound()));
    }
    lines.append("PREROUTING", table, "-p tcp -j ISTIO_INBOUND");
    if (options.inbound().ports().equals("*")) {
      for (String port : split(options.inbound().excludedPorts())) {
        lines.append("ISTIO_INBOUND", table, "-p tcp --dport " + port + " -j RETURN");
      }
      captured("-p tcp");
    } else {
      split(options.inbound().ports()).forEach(port -> captured("-p tcp --dport " + port));
    }
  }

  private void captured(String which) {
    if (options.tproxy()) {
      lines.append(
          "ISTIO_INBOUND",
          MANGLE,
          which + " -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT");
      lines.append("ISTIO_INBOUND", MANGLE, which + " -j ISTIO_TPROXY");
    } else {
      lines.append("ISTIO_INBOUND", NAT, which + " -j ISTIO_IN_REDIRECT");
    }
  }

  private void outbound() {
    IstioOptions.Outbound outbound = options.outbound();
    lines.append("OUTPUT", NAT, "-j ISTIO_OUTPUT");
    for (String port : split(outbound.excludedPorts())) {
      output("-p tcp --dport " + port + " -j RETURN");
      output("-p udp --dport " + port + " -j RETURN");
    }
    output("-o lo -s " + passthrough + " -j RETURN");
    String tunnel = options.ports().tunnel();
    String tunnelOrDns =
        options.capturesDns() ? "-m multiport ! --dports 53," + tunnel : "! --dport " + tunnel;
    split(options.owners().users()).forEach(user -> owner("--uid-owner " + user, tunnelOrDns));
    split(options.owners().groups())
        .forEach(group -> owner("--gid-owner " + group, "! --dport " + tunnel));
    groups();
    if (options.capturesDns()) {
      IptablesDnsRules.add(lines, options, ipv6);
    }
    output("-d " + loopback + " -j RETURN");
    for (GoPrefix excluded : GoPrefix.list(outbound.excludedDestinations(), ipv6)) {
      output("-d " + excluded + " -j RETURN");
    }
    for (String port : split(outbound.ports())) {
      output("-p tcp --dport " + port + " -j ISTIO_REDIRECT");
    }
    destinations();
  }

  private void owner(String owner, String notThese) {
    output(
        "-o lo ! -d %s -p tcp %s -m owner %s -j ISTIO_IN_REDIRECT"
            .formatted(loopback, notThese, owner));
    if (!options.includesLoopback()) {
      String protocol = options.capturesDns() ? "-p tcp ! --dport 53 " : "";
      output("-o lo " + protocol + "-m owner ! " + owner + " -j RETURN");
    }
    output("-m owner " + owner + " -j RETURN");
  }

  private void groups() {
    IstioOptions.Owners owners = options.owners();
    if (owners.capturedGroups().equals("*")) {
      for (String group : split(owners.excludedGroups())) {
        output("-m owner --gid-owner " + group + " -j RETURN");
      }
    } else {
      output(
          split(owners.capturedGroups()).stream()
              .map(group -> "-m owner ! --gid-owner " + group + " ")
              .collect(Collectors.joining("", "", "-j RETURN")));
    }
  }

  private void destinations() {
    if (options.outbound().destinations().equals("*")) {
      output("-j ISTIO_REDIRECT");
      for (String name : virtualInterfaces()) {
        lines.insert("PREROUTING", NAT, 1, "-i " + name + " -j ISTIO_REDIRECT");
      }
      return;
    }
    for (GoPrefix included : GoPrefix.list(options.outbound().destinations(), ipv6)) {
      for (String name : virtualInterfaces()) {
        lines.insert("PREROUTING", NAT, 1, "-i " + name + " -d " + included + " -j ISTIO_REDIRECT");
      }
      output("-d " + included + " -j ISTIO_REDIRECT");
    }
  }

  private void marks() {
    String mark = options.inbound().mark();
    lines.append(
        "PREROUTING", MANGLE, "-p tcp -m mark --mark " + mark + " -j CONNMARK --save-mark");
    lines.append("OUTPUT", MANGLE, "-p tcp -o lo -m mark --mark " + mark + " -j RETURN");
    split(options.owners().users()).forEach(user -> selfCall("--uid-owner " + user));
    split(options.owners().groups()).forEach(group -> selfCall("--gid-owner " + group));
    lines.append(
        "OUTPUT", MANGLE, "-p tcp -m connmark --mark " + mark + " -j CONNMARK --restore-mark");
    lines.insert("ISTIO_INBOUND", MANGLE, 1, "-p tcp -m mark --mark " + mark + " -j RETURN");
    lines.insert("ISTIO_INBOUND", MANGLE, 2, "-p tcp -s " + passthrough + " -i lo -j RETURN");
    lines.insert("ISTIO_INBOUND", MANGLE, 3, "-p tcp -i lo -m mark ! --mark 1338 -j RETURN");
  }

  private void selfCall(String owner) {
    lines.append(
        "OUTPUT",
        MANGLE,
        "! -d %s -p tcp -o lo -m owner %s -j MARK --set-mark 1338".formatted(loopback, owner));
  }

  private List<String> virtualInterfaces() {
    return split(options.surroundings().virtualInterfaces());
  }

  private void output(String rule) {
    lines.append("ISTIO_OUTPUT", NAT, rule);
  }
}
