// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.dns;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Istio programs for outbound traffic with every question to a name server captured. */
final class DnsRules {
  private static final String NAT =
      """
      *nat
      :ISTIO_OUTPUT - [0:0]
      :ISTIO_OUTPUT_DNS - [0:0]
      :ISTIO_REDIRECT - [0:0]
      :ISTIO_IN_REDIRECT - [0:0]
      -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
      -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
      -A OUTPUT -j ISTIO_OUTPUT
      -A ISTIO_OUTPUT -o lo -s PASSTHROUGH -j RETURN
      -A ISTIO_OUTPUT -o lo ! -d LOOPBACK -p tcp -m multiport ! --dports 53,15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
      -A ISTIO_OUTPUT -o lo -p tcp ! --dport 53 -m owner ! --uid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS
      -A ISTIO_OUTPUT_DNS -p tcp --dport 53 -j REDIRECT --to-ports 15053
      -A ISTIO_OUTPUT_DNS -p udp --dport 53 -j REDIRECT --to-port 15053
      -A ISTIO_OUTPUT -d LOOPBACK -j RETURN
      -A ISTIO_OUTPUT -j ISTIO_REDIRECT
      COMMIT
      """;

  /** The proxy's questions and the application's may leave from one port to one server. */
  private static final String ZONES =
      """
      *raw
      :ISTIO_OUTPUT_DNS - [0:0]
      :ISTIO_INBOUND - [0:0]
      -A OUTPUT -j ISTIO_OUTPUT_DNS
      -A ISTIO_OUTPUT_DNS -p udp --dport 53 -m owner --uid-owner 1337 -j CT --zone 1
      -A ISTIO_OUTPUT_DNS -p udp --sport 15053 -m owner --uid-owner 1337 -j CT --zone 2
      -A PREROUTING -j ISTIO_INBOUND
      -A ISTIO_OUTPUT_DNS -p udp --dport 53 -j CT --zone 2
      -A ISTIO_INBOUND -p udp --sport 53 -j CT --zone 1
      COMMIT
      """;

  private DnsRules() {}

  /** In the client pod, for both families. */
  static void apply(Mesh mesh) throws IOException {
    Path file = mesh.folder().resolve("istio.rules");
    for (Family family : Family.values()) {
      boolean v4 = family == Family.IPV4;
      String length = v4 ? "/32" : "/128";
      Files.writeString(
          file,
          (NAT + ZONES)
              .replace("LOOPBACK", AddressText.of(family.loopback()) + length)
              .replace("PASSTHROUGH", AddressText.of(family.passthroughSource()) + length));
      mesh.in(Party.CLIENT, v4 ? "iptables-restore" : "ip6tables-restore", file.toString());
    }
  }
}
