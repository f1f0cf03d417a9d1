// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import static dev.sluice.rules.istio.IstioOptions.split;

import java.util.stream.Collectors;

/** For nft: what leaves, before and after DNS. */
final class NftOutboundRules {
  private final IstioOptions options;
  private final NftLines nat;

  NftOutboundRules(IstioOptions options, NftLines nat) {
    this.options = options;
    this.nat = nat;
  }

  /** Up to the owner groups. */
  void owners() {
    nat.append("output", "counter jump istio-output");
    for (String port : split(options.outbound().excludedPorts())) {
      output("tcp dport " + port + " counter return");
      output("udp dport " + port + " counter return");
    }
    output("oifname lo ip saddr 127.0.0.6/32 counter return");
    if (options.ipv6()) {
      output("oifname lo ip6 saddr ::6/128 counter return");
    }
    String tunnel = options.ports().tunnel();
    String tunnelOrDns = options.capturesDns() ? "{ 53, " + tunnel + " }" : tunnel;
    split(options.owners().users()).forEach(user -> owner("skuid", user, tunnelOrDns));
    split(options.owners().groups()).forEach(group -> owner("skgid", group, tunnel));
    groups();
  }

  private void owner(String key, String owner, String notThesePorts) {
    selfCall("ip daddr != " + options.outbound().loopback(), notThesePorts, key + " " + owner);
    if (options.ipv6()) {
      selfCall("ip6 daddr != ::1/128", notThesePorts, key + " " + owner);
    }
    if (!options.includesLoopback()) {
      String protocol = options.capturesDns() ? "meta l4proto tcp tcp dport != 53 " : "";
      output("oifname lo " + protocol + key + " != " + owner + " counter return");
    }
    output(key + " " + owner + " counter return");
  }

  private void selfCall(String notLoopback, String notThesePorts, String owner) {
    output(
        "oifname lo meta l4proto tcp %s tcp dport != %s %s counter jump istio-in-redirect"
            .formatted(notLoopback, notThesePorts, owner));
  }

  private void groups() {
    IstioOptions.Owners owners = options.owners();
    if (owners.capturedGroups().equals("*")) {
      split(owners.excludedGroups()).forEach(group -> output("skgid " + group + " counter return"));
    } else {
      output(
          split(owners.capturedGroups()).stream()
              .map(group -> "skgid != " + group + " ")
              .collect(Collectors.joining("", "", "counter return")));
    }
  }

  /** From loopback on. */
  void destinations() {
    IstioOptions.Outbound outbound = options.outbound();
    output("ip daddr " + outbound.loopback() + " counter return");
    if (options.ipv6()) {
      output("ip6 daddr ::1/128 counter return");
    }
    for (boolean ipv6 : families()) {
      for (GoPrefix excluded : GoPrefix.list(outbound.excludedDestinations(), ipv6)) {
        output(ip(ipv6) + " daddr " + excluded + " counter return");
      }
    }
    for (String port : split(outbound.ports())) {
      output("tcp dport " + port + " counter jump istio-redirect");
    }
    if (outbound.destinations().equals("*")) {
      output("counter jump istio-redirect");
      virtual("");
      return;
    }
    for (boolean ipv6 : families()) {
      for (GoPrefix included : GoPrefix.list(outbound.destinations(), ipv6)) {
        String destination = ip(ipv6) + " daddr " + included + " ";
        virtual(destination);
        output(destination + "counter jump istio-redirect");
      }
    }
  }

  private void virtual(String destination) {
    for (String name : split(options.surroundings().virtualInterfaces())) {
      nat.insert(
          "prerouting", 0, "iifname " + name + " " + destination + "counter jump istio-redirect");
    }
  }

  private boolean[] families() {
    return options.ipv6() ? new boolean[] {false, true} : new boolean[] {false};
  }

  private static String ip(boolean ipv6) {
    return ipv6 ? "ip6" : "ip";
  }

  private void output(String rule) {
    nat.append("istio-output", rule);
  }
}
