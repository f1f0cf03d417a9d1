// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.CommandException;
import dev.sluice.rules.Family;
import dev.sluice.rules.Interception;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.install.IstioRemains;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Istio's tool leaves in TPROXY mode, shortened, next to a firewall's rules and ours. */
final class IstioRemainsIT {
  private static final String ISTIO =
      """
      *mangle
      :ISTIO_INBOUND - [0:0]
      :ISTIO_DIVERT - [0:0]
      -A ISTIO_INBOUND -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT
      -A PREROUTING -p tcp -j ISTIO_INBOUND
      -A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark
      -A OUTPUT -p tcp -o lo -m mark --mark 1337 -j RETURN
      -A OUTPUT ! -d LOOPBACK -p tcp -o lo -m owner --uid-owner 1337 -j MARK --set-mark 1338
      -A OUTPUT ! -d LOOPBACK -p tcp -o lo -m owner --gid-owner 1337 -j MARK --set-mark 1338
      -A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark
      COMMIT
      *nat
      :ISTIO_OUTPUT - [0:0]
      -A OUTPUT -j ISTIO_OUTPUT
      COMMIT
      """;

  private static final String FIREWALL =
      """
      *mangle
      -A OUTPUT -p tcp -m mark --mark 7 -j RETURN
      COMMIT
      *filter
      :HOUSE - [0:0]
      -A INPUT -p tcp --dport 22 -j HOUSE
      COMMIT
      """;

  private final ThrowawayNamespace namespace;

  IstioRemainsIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @BeforeEach
  void firewall() throws CommandException {
    namespace.restore("iptables", FIREWALL);
    namespace.restore("ip6tables", FIREWALL);
    namespace.run("ip", "rule", "add", "fwmark", "7", "lookup", "133");
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @Test
  void areListedAndGoOnlyWhenAskedFor() throws IOException {
    String before = namespace.effect();
    assertThat(IstioRemains.find(namespace.runner()).lines()).isEmpty();
    addIstio();
    String with = namespace.effect();
    RuleInstaller installer = new RuleInstaller(namespace.runner());
    installer.apply(
        RulePlanner.plan(
            RuleOptions.defaults(Interception.REDIRECT), List.of(Family.IPV4, Family.IPV6)));
    installer.cleanUp();
    assertThat(namespace.effect()).isEqualTo(with);

    IstioRemains remains = IstioRemains.find(namespace.runner());
    assertThat(remains.lines())
        .hasSize(2 * 10 + 2 + 2 * 2 + 1)
        .contains(
            "iptables-nft IPv4 mangle: chain ISTIO_DIVERT",
            "iptables-nft IPv6 nat: -A OUTPUT -j ISTIO_OUTPUT",
            "iptables-legacy IPv4 nat: chain ISTIO_OLD",
            "nftables: table inet istio-proxy-nat",
            "IPv4 policy rule: 32764 from all fwmark 0x539 lookup 133",
            "IPv6 route: local default dev lo table 133",
            "IPv6 address of lo: ::6/128");

    remains.remove();
    assertThat(namespace.effect()).isEqualTo(before);
    assertThat(IstioRemains.find(namespace.runner()).lines()).isEmpty();
  }

  private void addIstio() throws CommandException {
    namespace.restore("iptables", ISTIO.replace("LOOPBACK", "127.0.0.1/32"));
    namespace.restore("ip6tables", ISTIO.replace("LOOPBACK", "::1/128"));
    namespace.run("iptables-legacy", "-t", "nat", "-N", "ISTIO_OLD");
    namespace.run("nft", "add", "table", "inet", "istio-proxy-nat");
    for (String family : List.of("-4", "-6")) {
      namespace.run("ip", family, "rule", "add", "fwmark", "1337", "lookup", "133");
      namespace.run("ip", family, "route", "add", "local", "default", "dev", "lo", "table", "133");
    }
    namespace.run("ip", "-6", "addr", "add", "::6/128", "dev", "lo");
    namespace.awaitDelivery("::6/128");
  }
}
