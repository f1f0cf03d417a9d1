// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.ArrayList;
import java.util.List;

/** DNS capture for nft, in nat and in raw. */
final class NftDnsRules {
  private static final String CHAIN = "istio-output-dns";

  private NftDnsRules() {}

  static void add(NftLines nat, NftLines raw, IstioOptions options) {
    raw.append("output", "counter jump " + CHAIN);
    nat.append("istio-output", "counter jump " + CHAIN);
    if (options.dns().everything()) {
      nat.append(CHAIN, "meta l4proto tcp tcp dport 53 counter redirect to :15053");
      nat.append(CHAIN, "udp dport 53 counter redirect to :15053");
    } else {
      for (String protocol : List.of("tcp", "udp")) {
        for (Server server : servers(options)) {
          nat.append(
              CHAIN,
              "%s daddr %s %s dport 53 counter redirect to :15053"
                  .formatted(server.ip, server.range, protocol));
        }
      }
    }
    IstioOptions.split(options.owners().users()).forEach(user -> zones(raw, "skuid " + user));
    IstioOptions.split(options.owners().groups()).forEach(group -> zones(raw, "skgid " + group));
    raw.append("prerouting", "counter jump istio-inbound");
    if (options.dns().everything()) {
      raw.append(CHAIN, "udp dport 53 counter ct zone set 2");
      raw.append("istio-inbound", "udp sport 53 counter ct zone set 1");
    }
    for (Server server : servers(options)) {
      raw.append(
          CHAIN,
          "udp dport 53 %s daddr %s counter ct zone set 2".formatted(server.ip, server.range));
      raw.append(
          "istio-inbound",
          "udp sport 53 %s saddr %s counter ct zone set 1".formatted(server.ip, server.range));
    }
  }

  private static void zones(NftLines raw, String owner) {
    raw.append(CHAIN, "udp dport 53 meta " + owner + " counter ct zone set 1");
    raw.append(CHAIN, "udp sport 15053 meta " + owner + " counter ct zone set 2");
  }

  private static List<Server> servers(IstioOptions options) {
    List<Server> servers = new ArrayList<>();
    options.serversV4().forEach(server -> servers.add(new Server("ip", server + "/32")));
    if (options.ipv6()) {
      options.serversV6().forEach(server -> servers.add(new Server("ip6", server + "/128")));
    }
    return servers;
  }

  private record Server(String ip, String range) {}
}
