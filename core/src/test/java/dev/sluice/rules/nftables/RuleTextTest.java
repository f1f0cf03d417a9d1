// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.rules.Family;
import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Match;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Subnet;
import dev.sluice.rules.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class RuleTextTest {
  private static final Match TCP = new Match.Tcp();
  private static final Match UDP = new Match.Udp();
  private static final PortRange DNS = PortRange.of(53);
  private static final PortRange RANGE = new PortRange(8000, 8010);

  static Stream<Arguments> matches() {
    return Stream.of(
        matches("meta l4proto tcp", TCP),
        matches("meta l4proto != udp", new Not(UDP)),
        matches("tcp dport 53", TCP, new Match.DestinationPort(53)),
        matches("udp sport != 53", UDP, new Not(new Match.SourcePort(DNS))),
        matches("tcp dport 8000-8010", TCP, new Match.DestinationPort(RANGE)),
        matches(
            "tcp dport { 53, 8000-8010 }", TCP, new Match.DestinationPorts(List.of(RANGE, DNS))),
        matches("tcp dport 52-53", TCP, new Match.DestinationPorts(List.of(DNS, PortRange.of(52)))),
        matches("ip saddr 10.1.2.3/8", new Match.Source(Subnet.parse("10.1.2.3/8"))),
        matches(
            "ip daddr != 10.0.0.1/32", new Not(new Match.Destination(Subnet.parse("10.0.0.1")))),
        matches("iifname \"mark\"", new Match.InInterface("mark")),
        matches("oifname != \"eth*\"", new Not(new Match.OutInterface("eth+"))),
        matches("meta skuid 4294967294", new Match.OwnerUser(4_294_967_294L)),
        matches("meta skgid != 0", new Not(new Match.OwnerGroup(0))),
        matches("meta mark 0x539", new Match.Mark(1337)),
        matches("meta mark != 0xffffffff", new Not(new Match.Mark(-1))),
        matches("ct mark & 0xfff == 0x111", new Match.ConnectionMark(new MarkBits(0x111, 0xfff))),
        matches("meta mark & 0xfff != 0x1", new Not(new Match.Mark(new MarkBits(1, 0xfff)))),
        matches("ct state established,related", new Match.KnownConnection()),
        matches("ct state & (established | related) == 0", new Not(new Match.KnownConnection())),
        matches("ct state != invalid", new Not(new Match.InvalidConnection())),
        matches("ct direction original", new Match.OriginalDirection()),
        matches("tcp flags & (fin | syn | rst | ack) == syn", TCP, new Match.FirstPacket()),
        matches("tcp flags & (fin | syn | rst | ack) != syn", new Not(new Match.FirstPacket())),
        matches(
            "meta l4proto tcp ct direction reply ct original proto-dst 53",
            TCP,
            new Match.ReplyFromPort(DNS)));
  }

  static Stream<Arguments> targets() {
    return Stream.of(
        Arguments.of("return", new Target.Return()),
        Arguments.of("accept", new Target.Accept()),
        Arguments.of("drop", new Target.Drop()),
        Arguments.of("jump SLUICE_OUTPUT", new Target.Call("SLUICE_OUTPUT")),
        Arguments.of("redirect to :15001", new Target.Redirect(15001)),
        Arguments.of("meta mark set 0x539", new Target.SetMark(1337)),
        Arguments.of("ct mark set 0x1", new Target.SetConnectionMark(MarkBits.of(1))),
        Arguments.of(
            "ct mark set ct mark & 0xfffff000 | 0x111",
            new Target.SetConnectionMark(new MarkBits(0x111, 0xfff))),
        Arguments.of("ct zone set 2", new Target.ConntrackZone(2)),
        Arguments.of("ct mark set meta mark", new Target.SaveMark()),
        Arguments.of("meta mark set ct mark", new Target.RestoreMark()));
  }

  @ParameterizedTest
  @MethodSource("matches")
  void writesConditions(String expected, List<Match> matches) {
    assertThat(RuleText.of(new Rule("why", matches, new Target.Return()), Family.IPV4))
        .containsExactly(expected + " counter return comment \"why\"");
  }

  @ParameterizedTest
  @MethodSource("targets")
  void writesTargets(String expected, Target target) {
    assertThat(RuleText.bare(new Rule("why", List.of(), target), Family.IPV4))
        .isEqualTo("counter " + expected);
  }

  @Test
  void saysAddressesInTheWordsOfTheirFamily() {
    Rule rule =
        new Rule("why", List.of(new Match.Source(Subnet.parse("fd00::/8"))), new Target.Return());

    assertThat(RuleText.bare(rule, Family.IPV6)).isEqualTo("ip6 saddr fd00::/8 counter return");
  }

  @Test
  void losesWhatFindsNoListener() {
    Rule rule = new Rule("inbound", List.of(TCP), new Target.Tproxy(15006, 1337));

    assertThat(RuleText.of(rule, Family.IPV4))
        .containsExactly(
            "meta l4proto tcp counter tproxy to :15006 meta mark set 0x539 accept comment"
                + " \"inbound\"",
            "meta l4proto tcp counter drop comment \"nobody listens there: lost\"");
  }

  @Test
  void goesOnWithTheNextRuleWhereNobodyListensIfThatIsWanted() {
    Rule rule = new Rule("inbound", List.of(TCP), new Target.TproxyIfServed(15006, 1337));

    assertThat(RuleText.of(rule, Family.IPV4))
        .containsExactly(
            "meta l4proto tcp counter tproxy to :15006 meta mark set 0x539 accept comment"
                + " \"inbound\"");
  }

  @Test
  void makesReasonsFitForAComment() {
    Rule quoted = new Rule("say \"no\" to \u00fc", List.of(), new Target.Return());
    Rule endless = new Rule("x".repeat(129), List.of(), new Target.Return());

    assertThat(RuleText.of(quoted, Family.IPV4))
        .containsExactly("counter return comment \"say 'no' to ?\"");
    assertThat(RuleText.of(endless, Family.IPV4))
        .containsExactly("counter return comment \"" + "x".repeat(125) + "...\"");
  }

  @Test
  void refusesWhatCouldEndAString() {
    Rule rule = new Rule("why", List.of(new Match.InInterface("a\"b")), new Target.Return());

    assertThatThrownBy(() -> RuleText.bare(rule, Family.IPV4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a\"b");
  }

  private static Arguments matches(String expected, Match... matches) {
    return Arguments.of(expected, List.of(matches));
  }
}
