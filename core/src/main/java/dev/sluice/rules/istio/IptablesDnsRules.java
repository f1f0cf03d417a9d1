// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.List;

/** DNS capture for iptables, in nat and in raw. */
final class IptablesDnsRules {
  private static final String CHAIN = "ISTIO_OUTPUT_DNS";

  private IptablesDnsRules() {}

  static void add(IptablesLines lines, IstioOptions options, boolean ipv6) {
    lines.append("OUTPUT", "raw", "-j " + CHAIN);
    List<String> servers = servers(options, ipv6);
    if (!servers.isEmpty()) {
      lines.append("ISTIO_OUTPUT", "nat", "-j " + CHAIN);
    }
    for (String server : servers) {
      lines.append(
          CHAIN, "nat", "-p tcp --dport 53" + to(server) + " -j REDIRECT --to-ports 15053");
    }
    for (String server : servers) {
      lines.append(CHAIN, "nat", "-p udp --dport 53" + to(server) + " -j REDIRECT --to-port 15053");
    }
    zones(lines, options.owners());
    if (!servers.isEmpty()) {
      lines.append("PREROUTING", "raw", "-j ISTIO_INBOUND");
    }
    for (String server : servers) {
      lines.append(CHAIN, "raw", "-p udp --dport 53" + to(server) + " -j CT --zone 2");
      String from = server.isEmpty() ? "" : " -s " + server;
      lines.append("ISTIO_INBOUND", "raw", "-p udp --sport 53" + from + " -j CT --zone 1");
    }
  }

  /** Each as a range of one address; one empty text for all addresses. */
  private static List<String> servers(IstioOptions options, boolean ipv6) {
    if (options.dns().everything()) {
      return List.of("");
    }
    return ipv6
        ? options.serversV6().stream().map(server -> server + "/128").toList()
        : options.serversV4().stream().map(server -> server + "/32").toList();
  }

  private static String to(String server) {
    return server.isEmpty() ? "" : " -d " + server;
  }

  private static void zones(IptablesLines lines, IstioOptions.Owners owners) {
    IstioOptions.split(owners.users()).forEach(user -> zones(lines, "--uid-owner " + user));
    IstioOptions.split(owners.groups()).forEach(group -> zones(lines, "--gid-owner " + group));
  }

  private static void zones(IptablesLines lines, String owner) {
    lines.append(CHAIN, "raw", "-p udp --dport 53 -m owner " + owner + " -j CT --zone 1");
    lines.append(CHAIN, "raw", "-p udp --sport 15053 -m owner " + owner + " -j CT --zone 2");
  }
}
