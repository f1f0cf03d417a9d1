// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Sentence by sentence, what is known of the output of istio-iptables. */
final class IstioProgramTest {
  @Test
  void printsWhatNeverGoesAway() {
    assertThat(Typed.defaults().iptables())
        .isEqualTo(
            """
            * nat
            -N ISTIO_INBOUND
            -N ISTIO_REDIRECT
            -N ISTIO_IN_REDIRECT
            -N ISTIO_OUTPUT
            -A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
            -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
            -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
            -A OUTPUT -j ISTIO_OUTPUT
            -A ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN
            -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
            -A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
            -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
            -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
            -A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
            -A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
            -A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
            COMMIT
            """);
  }

  @Test
  void printsIpv6AfterIpv4() {
    String both = Typed.defaults().outbound("10.0.0.0/8,fd00::/8", "").ipv6().iptables();

    assertThat(both.split("(?<=COMMIT\n)", -1))
        .hasSize(3)
        .satisfies(
            parts -> {
              assertThat(parts[0]).contains("-d 10.0.0.0/8 -j ISTIO_REDIRECT").doesNotContain("::");
              assertThat(parts[1])
                  .contains("-o lo -s ::6/128 -j RETURN")
                  .contains("! -d ::1/128 -p tcp")
                  .contains("-d fd00::/8 -j ISTIO_REDIRECT")
                  .doesNotContain("127.");
            });
  }

  @Test
  void makesTheChainsWithRulesFirstAndThoseOnlyJumpedToLast() {
    assertThat(Typed.defaults().inbound("TPROXY", "", "").surroundings("", "", true).iptables())
        .startsWith(
            """
            * mangle
            -N ISTIO_DROP
            -N ISTIO_INBOUND
            -A PREROUTING -m conntrack --ctstate INVALID -j ISTIO_DROP
            -A ISTIO_DROP -j DROP
            -A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark
            -A OUTPUT -p tcp -o lo -m mark --mark 1337 -j RETURN
            -A OUTPUT ! -d 127.0.0.1/32 -p tcp -o lo -m owner --uid-owner 1337 -j MARK --set-mark 1338
            -A OUTPUT ! -d 127.0.0.1/32 -p tcp -o lo -m owner --gid-owner 1337 -j MARK --set-mark 1338
            -A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark
            -I ISTIO_INBOUND 1 -p tcp -m mark --mark 1337 -j RETURN
            -I ISTIO_INBOUND 2 -p tcp -s 127.0.0.6/32 -i lo -j RETURN
            -I ISTIO_INBOUND 3 -p tcp -i lo -m mark ! --mark 1338 -j RETURN
            COMMIT
            * nat
            """);
    // Nothing else is in ISTIO_OUTPUT_DNS of nat where a family has no server.
    assertThat(Typed.defaults().dns(false, "fd00::53").iptables())
        .contains("* raw\n-N ISTIO_OUTPUT_DNS\n-A OUTPUT -j ISTIO_OUTPUT_DNS\n")
        .doesNotContain("-A ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS")
        .doesNotContain("PREROUTING");
  }

  @Test
  void makesTheJumpForPortsThatAreOnlyCommas() {
    assertThat(Typed.defaults().inbound("", ",", "").iptables())
        .contains("-A PREROUTING -p tcp -j ISTIO_INBOUND\n-A OUTPUT");
  }

  @Test
  void countsExcludedPortsOnlyWithTheStar() {
    assertThat(Typed.defaults().inbound("", "80,,80,8000:8010", "22").iptables())
        .contains(
            """
            -A PREROUTING -p tcp -j ISTIO_INBOUND
            -A ISTIO_INBOUND -p tcp --dport 80 -j ISTIO_IN_REDIRECT
            -A ISTIO_INBOUND -p tcp --dport 80 -j ISTIO_IN_REDIRECT
            -A ISTIO_INBOUND -p tcp --dport 8000:8010 -j ISTIO_IN_REDIRECT
            """)
        .doesNotContain("--dport 22 ");
  }

  @Test
  void writesRangesCanonicallyButNotMasked() {
    assertThat(
            Typed.defaults()
                .outbound("10.1.2.3/8,2001:DB8:0:0::1/32,::ffff:10.0.0.0/104", "")
                .ipv6()
                .iptables())
        .contains("-d 10.1.2.3/8 -j ISTIO_REDIRECT")
        .contains("-d 2001:db8::1/32 -j ISTIO_REDIRECT")
        .contains("-d ::ffff:10.0.0.0/104 -j ISTIO_REDIRECT");
  }

  @Test
  void takesTheLoopbackRuleAwayForEitherFamily() {
    assertThat(Typed.defaults().outbound("::1/128", "").iptables())
        .doesNotContain("-m owner ! --uid-owner");
    assertThat(Typed.defaults().outbound("0.0.0.0/0", "").iptables())
        .contains("-m owner ! --uid-owner");
    assertThat(Typed.defaults().outbound("", "", "", "", "127.0.0.1/8").iptables())
        .contains("-A ISTIO_OUTPUT -d 127.0.0.1/8 -j RETURN");
  }

  @Test
  void insertsVirtualInterfacesAboveWhatWasThere() {
    assertThat(
            Typed.defaults().surroundings("eth9", "eth1,eth2", false).outbound("*", "").iptables())
        .contains(
            """
            -A PREROUTING -i eth9 -j RETURN
            -A OUTPUT -o eth9 -j RETURN
            -I PREROUTING 1 -i eth1 -j RETURN
            -I PREROUTING 1 -i eth2 -j RETURN
            """)
        .endsWith(
            """
            -A ISTIO_OUTPUT -j ISTIO_REDIRECT
            -I PREROUTING 1 -i eth1 -j ISTIO_REDIRECT
            -I PREROUTING 1 -i eth2 -j ISTIO_REDIRECT
            COMMIT
            """);
    assertThat(
            Typed.defaults().surroundings("", "eth1", false).outbound("10.0.0.0/8", "").iptables())
        .endsWith(
            """
            -I PREROUTING 1 -i eth1 -d 10.0.0.0/8 -j ISTIO_REDIRECT
            -A ISTIO_OUTPUT -d 10.0.0.0/8 -j ISTIO_REDIRECT
            COMMIT
            """);
  }

  @Test
  void changesTheUsersRuleForDnsAndNotTheGroups() {
    assertThat(Typed.defaults().owners("1", "2").dns(true).iptables())
        .contains(
            "-p tcp -m multiport ! --dports 53,15008 -m owner --uid-owner 1 -j ISTIO_IN_REDIRECT")
        .contains("-p tcp ! --dport 15008 -m owner --gid-owner 2 -j ISTIO_IN_REDIRECT")
        .contains("-A ISTIO_OUTPUT -o lo -p tcp ! --dport 53 -m owner ! --gid-owner 2 -j RETURN")
        .contains("-A ISTIO_OUTPUT_DNS -p tcp --dport 53 -j REDIRECT --to-ports 15053\n")
        .contains("-A ISTIO_OUTPUT_DNS -p udp --dport 53 -j REDIRECT --to-port 15053\n");
  }

  @Test
  void switchesDnsOffWithoutAServer() {
    assertThat(Typed.defaults().dns(false, "localhost", "1.2.3").iptables())
        .isEqualTo(Typed.defaults().iptables());
    assertThat(
            Typed.defaults().dns(false, "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1").iptables())
        .containsSubsequence(
            "-d 10.0.0.1/32", "-d 10.0.0.2/32", "-d 10.0.0.3/32", "-d 10.0.0.1/32");
  }

  @Test
  void combinesTheOwnerGroups() {
    assertThat(Typed.defaults().owners("1", "1", "java,202", "9").iptables())
        .contains(
            "-A ISTIO_OUTPUT -m owner ! --gid-owner java -m owner ! --gid-owner 202 -j RETURN\n")
        .doesNotContain("--gid-owner 9");
    assertThat(Typed.defaults().owners("1", "1", "", "").iptables())
        .contains("-A ISTIO_OUTPUT -j RETURN\n");
    assertThat(Typed.defaults().owners("1", "1", "*", "888,ftp").iptables())
        .contains("-A ISTIO_OUTPUT -m owner --gid-owner ftp -j RETURN\n");
  }

  @Test
  void scriptsNftInItsOwnWay() {
    String script =
        Typed.defaults()
            .inbound("TPROXY", "80", "")
            .dns(false, "10.0.0.53")
            .surroundings("", "tap0", true)
            .outbound("*", "", "443", "25", "127.0.0.1/32")
            .nft();

    assertThat(script)
        .contains("add rule inet istio-proxy-nat prerouting iifname tap0 counter return\n")
        .contains(
            "insert rule inet istio-proxy-nat prerouting index 0 iifname tap0 counter jump"
                + " istio-redirect\n")
        .contains(
            "add rule inet istio-proxy-mangle prerouting meta l4proto tcp ct state invalid counter"
                + " jump istio-drop\n")
        .contains(
            "add rule inet istio-proxy-mangle istio-tproxy meta l4proto tcp ip daddr !="
                + " 127.0.0.1/32 tproxy ip to :15006 meta mark set 1337 counter accept\n")
        .contains("add rule inet istio-proxy-nat istio-output tcp dport 25 counter return\n")
        .contains("tcp dport != { 53, 15008 } skuid 1337 counter jump istio-in-redirect\n")
        .contains(
            "add rule inet istio-proxy-raw istio-output-dns udp dport 53 meta skuid 1337 counter ct"
                + " zone set 1\n")
        .contains(
            "insert rule inet istio-proxy-mangle istio-inbound index 1 iifname lo meta l4proto tcp"
                + " ip saddr 127.0.0.6/32 counter return\n")
        .containsSubsequence(
            "add table inet istio-proxy-nat",
            "add table inet istio-proxy-mangle",
            "add chain inet istio-proxy-mangle output { type route hook output priority -150 ; }",
            "add table inet istio-proxy-raw");
  }

  @Test
  void addsWhatNftCouldNotInsert() {
    // An empty chain has no place 0, and one with two rules no place 2.
    assertThat(Typed.defaults().inbound("TPROXY", "", "").nft())
        .contains(
            """
            add rule inet istio-proxy-mangle istio-inbound meta l4proto tcp mark 1337 counter return
            add rule inet istio-proxy-mangle istio-inbound iifname lo meta l4proto tcp ip saddr 127.0.0.6/32 counter return
            add rule inet istio-proxy-mangle istio-inbound iifname lo meta l4proto tcp mark != 1338 counter return
            """);
  }

  @Test
  void writesTheCommandsOfADryRun() {
    assertThat(IstioProgram.dryRunFile(Typed.defaults().ipv6().options(), false))
        .startsWith("iptables-save\nip6tables-save\n* nat\n")
        .endsWith("COMMIT\niptables-save\nip6tables-save\n");
    assertThat(IstioProgram.dryRunFile(Typed.defaults().inbound("", "*", "22").options(), true))
        .startsWith("iptables-save\nip6tables-save\niptables -t nat -D ISTIO_OUTPUT -")
        .contains("iptables -t nat -D PREROUTING -p tcp -j ISTIO_INBOUND\n")
        .doesNotContain("--dport 22")
        .contains("iptables -t nat -F ISTIO_INBOUND\niptables -t nat -X ISTIO_INBOUND\n")
        .endsWith("iptables-save\n");
  }
}
