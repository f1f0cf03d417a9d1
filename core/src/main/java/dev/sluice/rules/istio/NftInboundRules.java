// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import static dev.sluice.rules.istio.IstioOptions.split;

import java.util.List;

/** For nft: interfaces, listeners, and what arrives. */
final class NftInboundRules {
  private final IstioOptions options;
  private final NftLines nat;
  private final NftLines mangle;

  NftInboundRules(IstioOptions options, NftLines nat, NftLines mangle) {
    this.options = options;
    this.nat = nat;
    this.mangle = mangle;
  }

  void interfaces() {
    for (NftLines table : options.tproxy() ? List.of(nat, mangle) : List.of(nat)) {
      for (String name : split(options.surroundings().excludedInterfaces())) {
        table.append("prerouting", "iifname " + name + " counter return");
        table.append("output", "oifname " + name + " counter return");
      }
    }
    for (String name : split(options.surroundings().virtualInterfaces())) {
      nat.insert("prerouting", 0, "iifname " + name + " counter return");
    }
  }

  void dropInvalid() {
    if (options.surroundings().dropInvalid()) {
      mangle.append("prerouting", "meta l4proto tcp ct state invalid counter jump istio-drop");
      mangle.append("istio-drop", "counter drop");
    }
  }

  void listeners() {
    IstioOptions.Ports ports = options.ports();
    nat.append("istio-inbound", "meta l4proto tcp tcp dport " + ports.tunnel() + " counter return");
    nat.append("istio-redirect", "meta l4proto tcp counter redirect to :" + ports.outbound());
    nat.append("istio-in-redirect", "meta l4proto tcp counter redirect to :" + ports.inbound());
  }

  void inbound() {
    NftLines table = options.tproxy() ? mangle : nat;
    if (options.tproxy()) {
      listener();
    }
    table.append("prerouting", "meta l4proto tcp counter jump istio-inbound");
    if (options.inbound().ports().equals("*")) {
      for (String port : split(options.inbound().excludedPorts())) {
        table.append("istio-inbound", "meta l4proto tcp tcp dport " + port + " counter return");
      }
      captured("");
    } else {
      split(options.inbound().ports()).forEach(port -> captured("tcp dport " + port + " "));
    }
  }

  private void listener() {
    String mark = options.inbound().mark();
    mangle.append("istio-divert", "counter meta mark set " + mark);
    mangle.append("istio-divert", "counter accept");
    tproxy("ip", options.outbound().loopback());
    if (options.ipv6()) {
      tproxy("ip6", "::1/128");
    }
  }

  private void tproxy(String ip, String loopback) {
    mangle.append(
        "istio-tproxy",
        "meta l4proto tcp %s daddr != %s tproxy %s to :%s meta mark set %s counter accept"
            .formatted(ip, loopback, ip, options.ports().inbound(), options.inbound().mark()));
  }

  private void captured(String which) {
    if (options.tproxy()) {
      mangle.append(
          "istio-inbound",
          "meta l4proto tcp ct state related,established " + which + "counter jump istio-divert");
      mangle.append("istio-inbound", "meta l4proto tcp " + which + "counter jump istio-tproxy");
    } else {
      nat.append("istio-inbound", "meta l4proto tcp " + which + "counter jump istio-in-redirect");
    }
  }
}
