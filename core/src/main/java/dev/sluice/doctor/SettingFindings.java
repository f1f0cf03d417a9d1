// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import dev.sluice.rules.Ipv6Support;
import java.util.ArrayList;
import java.util.List;

/** Settings of the kernel that break what is in use or asked for. Pure. */
final class SettingFindings {
  /** In per cent. */
  private static final int NEARLY_FULL = 90;

  private final Facts facts;
  private final List<Finding> found = new ArrayList<>();

  private SettingFindings(Facts facts) {
    this.facts = facts;
  }

  static List<Finding> of(Facts facts) {
    SettingFindings settings = new SettingFindings(facts);
    boolean meant = !facts.used().isEmpty() || !facts.subject().asked().isEmpty();
    if (meant && !facts.namespace().sockets().loopbackUp()) {
      settings.loopback();
    }
    if (meant && facts.wanted().stream().anyMatch(Mode::byNetfilter)) {
      settings.netfilter(facts.wanted().contains(Mode.TPROXY));
    }
    return settings.found;
  }

  private void loopback() {
    found.add(
        new Finding(
            Fault.LOOPBACK_DOWN,
            "the interface lo is down",
            "the proxy can't be reached, nor reach its application",
            new Fix.Run(facts.subject().inside("ip link set lo up"))));
  }

  private void netfilter(boolean tproxy) {
    if (tproxy) {
      off(
          "net.ipv4.conf.all.src_valid_mark",
          "the kernel takes what TPROXY has marked for packets with a false source, and drops it"
              + " (wg-quick switches this on)");
      off(
          "net.ipv4.tcp_fwmark_accept",
          "accepted sockets inherit TPROXY's mark, and their answers are routed back to this host");
      off(
          "net.ipv4.ip_nonlocal_bind",
          "every address looks like one of this host, and the proxy takes foreign ones for its"
              + " own");
      off("net.ipv6.ip_nonlocal_bind", "the same for IPv6");
    }
    if (facts.namespace().sockets().ipv6() == Ipv6Support.ON) {
      off(
          "net.ipv6.conf.lo.disable_ipv6",
          "IPv6 is spoken here, and ::1 and ::6 are no addresses: the proxy can't reach its"
              + " application by IPv6");
    }
    facts.namespace().conntrackUse().filter(use -> use >= NEARLY_FULL).ifPresent(this::conntrack);
  }

  private void off(String setting, String follows) {
    if (facts.namespace().is(setting, "1")) {
      found.add(
          new Finding(
              Fault.SETTING,
              setting + " is 1; expected 0",
              follows,
              new Fix.Run(facts.subject().inside("sysctl -w " + setting + "=0"))));
    }
  }

  /** The limit is one for all namespaces, set in the first one. */
  private void conntrack(int use) {
    long most =
        Long.parseLong(
            facts.namespace().settings().getOrDefault("net.netfilter.nf_conntrack_max", "0"));
    found.add(
        new Finding(
            Fault.CONNTRACK_FULL,
            "the kernel tracks " + use + " % of the " + most + " connections that it can",
            "beyond that it drops new connections of every process here",
            new Fix.Run("sysctl -w net.netfilter.nf_conntrack_max=" + 2 * most)));
  }
}
