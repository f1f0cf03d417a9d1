// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Istio's own init container programs in TPROXY mode with its default options: the same as
 * ours but for the policy rule that brings answers from loopback back.
 */
final class IstioRules {
  private static final String PROGRAM =
      """
      *mangle
      :ISTIO_DIVERT - [0:0]
      :ISTIO_TPROXY - [0:0]
      :ISTIO_INBOUND - [0:0]
      -A ISTIO_DIVERT -j MARK --set-mark 1337
      -A ISTIO_DIVERT -j ACCEPT
      -A ISTIO_TPROXY ! -d LOOPBACK -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006
      -A PREROUTING -p tcp -j ISTIO_INBOUND
      -A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark
      -A OUTPUT -p tcp -o lo -m mark --mark 1337 -j RETURN
      -A OUTPUT ! -d LOOPBACK -p tcp -o lo -m owner --uid-owner 1337 -j MARK --set-mark 1338
      -A OUTPUT ! -d LOOPBACK -p tcp -o lo -m owner --gid-owner 1337 -j MARK --set-mark 1338
      -A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark
      -A ISTIO_INBOUND -p tcp -m mark --mark 1337 -j RETURN
      -A ISTIO_INBOUND -p tcp -s PASSTHROUGH -i lo -j RETURN
      -A ISTIO_INBOUND -p tcp -i lo -m mark ! --mark 1338 -j RETURN
      -A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
      -A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
      -A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
      -A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
      -A ISTIO_INBOUND -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT
      -A ISTIO_INBOUND -p tcp -j ISTIO_TPROXY
      COMMIT
      *nat
      :ISTIO_OUTPUT - [0:0]
      :ISTIO_REDIRECT - [0:0]
      :ISTIO_IN_REDIRECT - [0:0]
      -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
      -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
      -A OUTPUT -j ISTIO_OUTPUT
      -A ISTIO_OUTPUT -o lo -s PASSTHROUGH -j RETURN
      -A ISTIO_OUTPUT -o lo ! -d LOOPBACK -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
      -A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -o lo ! -d LOOPBACK -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
      -A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -d LOOPBACK -j RETURN
      -A ISTIO_OUTPUT -j ISTIO_REDIRECT
      COMMIT
      """;

  private IstioRules() {}

  static void apply(Mesh mesh, Party party) throws IOException {
    for (Family family : Family.values()) {
      boolean v4 = family == Family.IPV4;
      String length = v4 ? "/32" : "/128";
      Path file = mesh.folder().resolve("istio.rules");
      Files.writeString(
          file,
          PROGRAM
              .replace("LOOPBACK", AddressText.of(family.loopback()) + length)
              .replace("PASSTHROUGH", AddressText.of(family.passthroughSource()) + length));
      mesh.in(party, v4 ? "iptables-restore" : "ip6tables-restore", file.toString());
      String ip = v4 ? "-4" : "-6";
      mesh.in(party, "ip", ip, "rule", "add", "fwmark", "1337", "lookup", "133");
      String all = v4 ? "0.0.0.0/0" : "::/0";
      mesh.in(party, "ip", ip, "route", "add", "local", all, "dev", "lo", "table", "133");
    }
    mesh.in(party, "ip", "-6", "address", "add", "::6/128", "dev", "lo");
  }
}
