// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.InterceptionMode;
import dev.sluice.rules.Family;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExplainerTest {
  private static final Host POD =
      new Host(
          Map.of(
              "eth0",
              List.of(InetAddress.ofLiteral("10.0.0.5"), InetAddress.ofLiteral("2001:db8::5"))),
          "eth0");
  private static final Proxy PROXY = new Proxy(ProxyPorts.ISTIO, new Origin.Local(1337, 1337, 0));
  private static final Origin APPLICATION = new Origin.Local(1000, 1000, 0);
  private static final Origin ARRIVING = new Origin.Arriving("eth0");

  @ParameterizedTest
  @CsvSource({
    "REDIRECT, 10.0.0.5, 10.96.0.10", "REDIRECT, 2001:db8::5, 2001:db8:96::10",
    "TPROXY, 10.0.0.5, 10.96.0.10", "TPROXY, 2001:db8::5, 2001:db8:96::10"
  })
  void capturesWhatTheApplicationSends(InterceptionMode mode, String from, String to) {
    Explanation explained = explain(mode, from, to, APPLICATION);

    assertThat(explained.verdict()).isEqualTo(new Verdict.CapturedOutbound(15001));
    assertThat(explained.answered()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "REDIRECT, 10.0.0.9, 10.0.0.5", "REDIRECT, 2001:db8::9, 2001:db8::5",
    "TPROXY, 10.0.0.9, 10.0.0.5", "TPROXY, 2001:db8::9, 2001:db8::5"
  })
  void capturesWhatArrives(InterceptionMode mode, String from, String to) {
    Explanation explained = explain(mode, from, to, ARRIVING);

    assertThat(explained.verdict()).isEqualTo(new Verdict.CapturedInbound(15006));
    assertThat(explained.answered()).isTrue();
  }

  @Test
  void asksNatOnceForAPacketThatStaysOnTheHost() {
    Explanation explained = explain(InterceptionMode.REDIRECT, "10.0.0.5", "10.0.0.5", APPLICATION);

    assertThat(explained.verdict()).isEqualTo(new Verdict.Passed(Verdict.Way.DELIVERED));
    assertThat(explained.steps())
        .contains(
            new Step.Noted(
                "nat has had its say on this connection at OUTPUT and is not asked again"));
  }

  @Test
  void sendsTheAnswerToASpoofedClientBackToTheProxy() {
    Origin proxy = new Origin.Local(1337, 1337, 1337);

    assertThat(explain(InterceptionMode.TPROXY, "10.0.0.9", "10.0.0.5", proxy).answered()).isTrue();
    assertThat(explain(InterceptionMode.REDIRECT, "10.0.0.9", "10.0.0.5", proxy).answered())
        .isFalse();
  }

  @Test
  void leavesAFamilyWithoutRulesAlone() {
    RuleProgram ipv4 =
        RulePlanner.plan(RuleOptions.defaults(InterceptionMode.REDIRECT), List.of(Family.IPV4));
    Connection connection = connection("2001:db8::5", "2001:db8:96::10", APPLICATION);

    assertThat(new Explainer(ipv4, POD, PROXY).explain(connection).verdict())
        .isEqualTo(new Verdict.Passed(Verdict.Way.LEAVES));
  }

  @Test
  void printsTheWayRuleByRule() {
    String text =
        ExplanationText.of(
            explain(InterceptionMode.REDIRECT, "10.0.0.5", "10.96.0.10", APPLICATION));

    assertThat(text.lines())
        .startsWith(
            "TCP from 10.0.0.5:40000 to 10.96.0.10:80, made here by user 1000, group 1000",
            "",
            "  the way out is interface eth0")
        .anyMatch(
            line ->
                line.matches(
                    "  OUTPUT nat +SLUICE_OUTPUT 1 +no: needs out through lo +- +the proxy"
                        + " dials.*"))
        .contains("captured outbound, by the listener on 15001")
        .endsWith("the answer gets back to the client");
  }

  private static Explanation explain(InterceptionMode mode, String from, String to, Origin origin) {
    RuleProgram program =
        RulePlanner.plan(RuleOptions.defaults(mode), List.of(Family.IPV4, Family.IPV6));
    return new Explainer(program, POD, PROXY).explain(connection(from, to, origin));
  }

  private static Connection connection(String from, String to, Origin origin) {
    return new Connection(
        Protocol.TCP,
        new InetSocketAddress(InetAddress.ofLiteral(from), 40000),
        new InetSocketAddress(InetAddress.ofLiteral(to), 80),
        origin);
  }
}
