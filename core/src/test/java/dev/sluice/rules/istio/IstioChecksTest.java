// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.HostNames;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IstioChecksTest {
  private static final HostNames NAMES =
      new HostNames(Map.of("envoy", 5L), Map.of("java", 7L), Set.of("http"));

  @Test
  void takesWhatTheKernelTakes() {
    Typed all =
        Typed.defaults()
            .owners("envoy,1-5", "java,4294967294", "7,java", "")
            .inbound("TPROXY", "*", "http,8000:8010", "0x539")
            .outbound("10.0.0.0/8,::/0", "10.1.0.0/16", "443", "25,", "127.1.2.3/32")
            .surroundings("eth0,cali+", "mark,1a", true)
            .dns(false, "10.0.0.53", "fe80::1%eth0");

    assertThat(iptables(all)).isEmpty();
  }

  @Test
  void reportsAllProblemsTogether() {
    Typed wrong =
        Typed.defaults()
            .ports("", "70000", "15008,15009")
            .owners("ghost", "envoy", "", "")
            .inbound("tproxy", "80,*", "*")
            .outbound("*,10.0.0.0/8", "*", "8000-8010", "0", "128.0.0.1/32")
            .surroundings("eth 0", "sixteen-letters-", false);

    assertThat(iptables(wrong))
        .extracting(problem -> problem.replaceFirst("; expected.*", ""))
        .containsExactly(
            "interception mode (-m) 'tproxy'",
            "outbound port (-p) ''",
            "inbound port (-z) '70000'",
            "tunnel port (-e) '15008,15009'",
            "inbound port (-b) '*'",
            "outbound port to capture (-q) '8000-8010'",
            "excluded outbound port (-o) '0'",
            "proxy user (-u) 'ghost'",
            "proxy group (-g) 'envoy'",
            "destination (-i) '*'",
            "excluded destination (-x) '*'",
            "loopback range (ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR) '128.0.0.1/32'",
            "excluded interface (-c) 'eth 0'",
            "virtual interface (-k) 'sixteen-letters-'");
  }

  @Test
  void looksOnlyAtWhatIsInARule() {
    assertThat(iptables(Typed.defaults().inbound("", "80", "junk", "junk"))).isEmpty();
    assertThat(iptables(Typed.defaults().inbound("TPROXY", "80", "junk", "junk"))).hasSize(1);
    assertThat(iptables(Typed.defaults().owners("1", "1", "*", "ghost"))).hasSize(1);
  }

  @Test
  void knowsHowManyGroupsARuleTakes() {
    assertThat(iptables(groups(49))).isEmpty();
    assertThat(iptables(groups(50)))
        .containsExactly(
            "50 owner groups (ISTIO_OUTBOUND_OWNER_GROUPS); expected at most 49, all that iptables"
                + " takes in one rule");
    assertThat(nft(groups(63))).isEmpty();
    assertThat(nft(groups(64))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mark", "1a", "eth0+", "tcp", "eth0@if3"})
  void knowsTheNamesThatNftDoesNotTake(String name) {
    Typed named = Typed.defaults().surroundings(name, "", false);

    assertThat(nft(named))
        .containsExactly(
            "excluded interface (-c) '%s'; expected a name of at most 15 characters that nft takes"
                .formatted(name));
    assertThat(iptables(named)).isEmpty();
  }

  @Test
  void knowsTheRangesOfEach() {
    Typed dash = Typed.defaults().inbound("", "8000-8010", "");
    Typed colon = Typed.defaults().inbound("", "8000:8010", "");

    assertThat(nft(dash)).isEmpty();
    assertThat(iptables(dash)).hasSize(1);
    assertThat(nft(colon)).hasSize(1);
    assertThat(iptables(colon)).isEmpty();
  }

  @Test
  void refusesNameServersThatNoRuleCanName() {
    assertThat(iptables(Typed.defaults().dns(false, "fe80::1%eth0").ipv6())).hasSize(1);
    assertThat(iptables(Typed.defaults().dns(true, "fe80::1%eth0").ipv6())).isEmpty();
    assertThat(nft(Typed.defaults().dns(false, "fd00::53")))
        .singleElement()
        .asString()
        .startsWith("only name servers of IPv6 (/etc/resolv.conf) while IPv6 is off; expected");
    assertThat(nft(Typed.defaults().dns(false, "fd00::53").ipv6())).isEmpty();
  }

  private static Typed groups(int number) {
    String groups =
        IntStream.range(0, number).mapToObj(Integer::toString).collect(Collectors.joining(","));
    return Typed.defaults().owners("1", "1", groups, "");
  }

  private static List<String> iptables(Typed typed) {
    return IstioChecks.of(typed.options(), false, NAMES);
  }

  private static List<String> nft(Typed typed) {
    return IstioChecks.of(typed.options(), true, NAMES);
  }
}
