// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.AuthorizationPolicy;
import dev.sluice.model.AuthorizationPolicy.Action;
import dev.sluice.model.IpBlock;
import dev.sluice.model.IpLiteral;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ObjectName;
import dev.sluice.model.OperationMatch;
import dev.sluice.model.PolicyCondition;
import dev.sluice.model.PolicyRule;
import dev.sluice.model.Service;
import dev.sluice.model.ServicePort;
import dev.sluice.model.SourceMatch;
import dev.sluice.model.TargetPort;
import dev.sluice.model.TransportProtocol;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One service at 10.96.0.10 and fd00:10:96::10 with TCP 80 and 443 and UDP 53; see each row. */
final class ServicePolicyTest {
  private static final ObjectName WEB = new ObjectName("shop", "web");
  private static final PolicyRule ANY = PolicyRule.EVERYTHING;

  private static final List<Probe> PROBES =
      List.of(
          new Probe("10.7.1.2", "10.96.0.10", 80),
          new Probe("10.7.1.2", "10.96.0.10", 443),
          new Probe("10.8.0.9", "10.96.0.10", 80),
          new Probe("2001:db8::2", "fd00:10:96::10", 80),
          new Probe("10.7.1.2", "10.96.0.10", 53),
          new Probe("10.7.1.2", "10.99.9.9", 80));

  /**
   * Each row: policies, then for each probe whether it passes (y) or not (n). The probes are: a
   * client in 10.7.0.0/16 to port 80, the same to 443, a client outside to port 80, an IPv6 client,
   * the first client to a port that is UDP only, and the first client to no service IP.
   */
  static Stream<Arguments> table() {
    PolicyRule from107 = from(List.of("10.7.0.0/16"), List.of());
    PolicyRule notFrom107 = from(List.of(), List.of("10.7.0.0/16"));
    PolicyRule port80 = to(Set.of(80), Set.of());
    return Stream.of(
        Arguments.of("no policy allows", List.of(), "yyyyyy"),
        Arguments.of("ALLOW without rules denies all", allow(), "nnnnny"),
        Arguments.of("ALLOW with the empty rule allows all ports it has", allow(ANY), "yyyyny"),
        Arguments.of("DENY without rules denies nothing", deny(), "yyyyyy"),
        Arguments.of("DENY with the empty rule denies all", deny(ANY), "nnnnny"),
        Arguments.of("any ALLOW makes the rest deny", allow(from107), "yynnny"),
        Arguments.of("DENY takes out what it matches", deny(from107), "nnyyny"),
        Arguments.of("notIpBlocks alone matches all others", allow(notFrom107), "nnyyny"),
        Arguments.of(
            "notIpBlocks takes out of ipBlocks",
            allow(from(List.of("10.0.0.0/8"), List.of("10.7.1.2"))),
            "nnynny"),
        Arguments.of("ports", allow(port80), "ynyyny"),
        Arguments.of("notPorts", allow(to(Set.of(), Set.of(80))), "nynnny"),
        Arguments.of("notPorts takes out of ports", allow(to(Set.of(80), Set.of(80))), "nnnnny"),
        Arguments.of("DENY of a port leaves the others", deny(port80), "nynnyy"),
        Arguments.of("DENY of a port that it has not", deny(to(Set.of(53), Set.of())), "yyyyny"),
        Arguments.of("ALLOW of a port that it has not", allow(to(Set.of(53), Set.of())), "nnnnny"),
        Arguments.of("from and to must both match", allow(both(from107, port80)), "ynnnny"),
        Arguments.of("one of two rules is enough", allow(from107, port80), "yyyyny"),
        Arguments.of(
            "one of two sources is enough",
            allow(
                new PolicyRule(
                    List.of(source("10.7.0.0/16"), source("2001:db8::/32")), List.of(), List.of())),
            "yynyny"),
        Arguments.of("when source.ip", allow(when(sourceIp("10.7.0.0/16"))), "yynnny"),
        Arguments.of(
            "when source.ip notValues",
            deny(when(new PolicyCondition.SourceIp(List.of(), blocks("10.7.0.0/16")))),
            "yynnyy"),
        Arguments.of(
            "when destination.port",
            deny(when(new PolicyCondition.DestinationPort(Set.of(443), Set.of()))),
            "ynyyyy"),
        Arguments.of(
            "when destination.port notValues",
            allow(when(new PolicyCondition.DestinationPort(Set.of(), Set.of(443)))),
            "ynyyny"),
        Arguments.of(
            "when destination.ip",
            allow(when(new PolicyCondition.DestinationIp(blocks("fd00:10:96::10"), List.of()))),
            "nnnyny"),
        Arguments.of(
            "every condition must hold",
            allow(
                when(
                    sourceIp("10.7.0.0/16"),
                    new PolicyCondition.DestinationPort(Set.of(443), Set.of()))),
            "nynnny"),
        Arguments.of("DENY beats ALLOW", both(allow(ANY), deny(from107)), "nnyyny"),
        Arguments.of("DENY without rules beats nothing", both(allow(ANY), deny()), "yyyyny"),
        Arguments.of("two ALLOW policies add up", both(allow(from107), allow2(port80)), "yyyyny"),
        Arguments.of("an ALLOW without rules adds nothing", both(allow(), allow2(ANY)), "yyyyny"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("table")
  void decides(String name, List<AuthorizationPolicy> policies, String expected) {
    MeshSnapshot snapshot = MeshSnapshot.of(List.of(web()), policies);

    StringBuilder decided = new StringBuilder();
    for (Probe probe : PROBES) {
      decided.append(probe.decide(snapshot) instanceof PolicyDecision.Allowed ? 'y' : 'n');
    }

    assertThat(decided).as(name).hasToString(expected);
  }

  @Test
  void namesTheDenyPolicyAndTheRuleThatMatched() {
    MeshSnapshot snapshot =
        MeshSnapshot.of(
            List.of(web()),
            both(
                allow(ANY), deny(to(Set.of(443), Set.of()), from(List.of("10.7.1.2"), List.of()))));

    assertThat(new Probe("10.7.1.2", "10.96.0.10", 80).decide(snapshot))
        .isEqualTo(
            new PolicyDecision.Denied(
                "shop/deny",
                "rules[1] of DENY policy shop/deny matches a connection from 10.7.1.2:40000 to"
                    + " 10.96.0.10:80"));
  }

  @Test
  void namesTheAllowPolicyThatHasNoRuleForTheConnection() {
    Probe probe = new Probe("2001:db8::2", "fd00:10:96::10", 80);

    assertThat(probe.decide(MeshSnapshot.of(List.of(web()), allow())))
        .isEqualTo(
            new PolicyDecision.Denied(
                "shop/allow",
                "no rule of ALLOW policy shop/allow matches a connection from"
                    + " [2001:db8::2]:40000 to [fd00:10:96::10]:80"));
    assertThat(probe.decide(MeshSnapshot.of(List.of(web()), both(allow2(), allow()))))
        .isEqualTo(
            new PolicyDecision.Denied(
                "shop/allow",
                "no rule of the 2 ALLOW policies of service shop/web matches a connection from"
                    + " [2001:db8::2]:40000 to [fd00:10:96::10]:80"));
  }

  @Test
  void saysThatTheServiceDoesNotHaveThePort() {
    assertThat(
            new Probe("10.7.1.2", "10.96.0.10", 53)
                .decide(MeshSnapshot.of(List.of(web()), allow(ANY))))
        .isInstanceOfSatisfying(
            PolicyDecision.Denied.class,
            denied ->
                assertThat(denied.reason()).startsWith("service shop/web has no TCP port 53"));
  }

  @Test
  void treatsAMappedClientAsTheIpv4ClientThatItIs() throws UnknownHostException {
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    System.arraycopy(new byte[] {10, 7, 1, 2}, 0, bytes, 12, 4);
    ClientAddress mapped =
        new ClientAddress(new InetSocketAddress(Inet6Address.getByAddress("", bytes, -1), 40_000));
    OriginalDestination web =
        new OriginalDestination(new InetSocketAddress(IpLiteral.parse("10.96.0.10"), 80));
    PolicyRule from107 = from(List.of("10.7.0.0/16"), List.of());

    assertThat(ServicePolicy.decide(web, mapped, MeshSnapshot.of(List.of(web()), allow(from107))))
        .isInstanceOf(PolicyDecision.Allowed.class);
    assertThat(ServicePolicy.decide(web, mapped, MeshSnapshot.of(List.of(web()), deny(from107))))
        .isInstanceOf(PolicyDecision.Denied.class);
  }

  private record Probe(String client, String destination, int port) {
    PolicyDecision decide(MeshSnapshot snapshot) {
      return ServicePolicy.decide(
          new OriginalDestination(new InetSocketAddress(IpLiteral.parse(destination), port)),
          new ClientAddress(new InetSocketAddress(IpLiteral.parse(client), 40_000)),
          snapshot);
    }
  }

  private static Service web() {
    return new Service(
        WEB,
        List.of(IpLiteral.parse("10.96.0.10"), IpLiteral.parse("fd00:10:96::10")),
        List.of(
            port("http", 80, TransportProtocol.TCP),
            port("https", 443, TransportProtocol.TCP),
            port("dns", 53, TransportProtocol.UDP)));
  }

  private static ServicePort port(String name, int number, TransportProtocol protocol) {
    return new ServicePort(name, number, protocol, new TargetPort.Numbered(number));
  }

  private static List<AuthorizationPolicy> allow(PolicyRule... rules) {
    return List.of(policy("allow", Action.ALLOW, rules));
  }

  private static List<AuthorizationPolicy> allow2(PolicyRule... rules) {
    return List.of(policy("allow2", Action.ALLOW, rules));
  }

  private static List<AuthorizationPolicy> deny(PolicyRule... rules) {
    return List.of(policy("deny", Action.DENY, rules));
  }

  private static AuthorizationPolicy policy(String name, Action action, PolicyRule... rules) {
    return new AuthorizationPolicy(
        new ObjectName("shop", name), action, List.of(WEB), List.of(rules));
  }

  private static List<AuthorizationPolicy> both(
      List<AuthorizationPolicy> first, List<AuthorizationPolicy> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static PolicyRule both(PolicyRule first, PolicyRule second) {
    return new PolicyRule(first.sources(), second.operations(), List.of());
  }

  private static PolicyRule from(List<String> ipBlocks, List<String> notIpBlocks) {
    SourceMatch source =
        new SourceMatch(
            ipBlocks.stream().map(IpBlock::parse).toList(),
            notIpBlocks.stream().map(IpBlock::parse).toList());
    return new PolicyRule(List.of(source), List.of(), List.of());
  }

  private static SourceMatch source(String ipBlock) {
    return new SourceMatch(blocks(ipBlock), List.of());
  }

  private static PolicyRule to(Set<Integer> ports, Set<Integer> notPorts) {
    return new PolicyRule(List.of(), List.of(new OperationMatch(ports, notPorts)), List.of());
  }

  private static PolicyRule when(PolicyCondition... conditions) {
    return new PolicyRule(List.of(), List.of(), List.of(conditions));
  }

  private static PolicyCondition sourceIp(String block) {
    return new PolicyCondition.SourceIp(blocks(block), List.of());
  }

  private static List<IpBlock> blocks(String block) {
    return List.of(IpBlock.parse(block));
  }
}
