// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.AuthorizationPolicy;
import dev.sluice.model.AuthorizationPolicy.Action;
import dev.sluice.model.IpBlock;
import dev.sluice.model.IpFamily;
import dev.sluice.model.IpLiteral;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ObjectName;
import dev.sluice.model.OperationMatch;
import dev.sluice.model.PolicyCondition;
import dev.sluice.model.PolicyRule;
import dev.sluice.model.Service;
import dev.sluice.model.ServiceFrontend;
import dev.sluice.model.ServicePort;
import dev.sluice.model.SourceMatch;
import dev.sluice.model.TargetPort;
import dev.sluice.model.TransportProtocol;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One service at 10.96.0.10 and fd00:10:96::10 with TCP 80 and 443, UDP 53 and node port 30080.
 * Rows say what becomes of TCP 80 and 443 over IPv4, then of 80 over IPv6: (s)ocket, (d)enied at
 * connect, (p)roxied.
 */
final class DataPathPlannerTest {
  private static final String V4 = "10.96.0.10";
  private static final String V6 = "fd00:10:96::10";
  private static final ObjectName WEB = new ObjectName("shop", "web");
  private static final PolicyRule ANY = PolicyRule.EVERYTHING;
  private static final PolicyRule PORT_80 = to(Set.of(80));
  private static final PolicyRule FROM_107 = from("10.7.0.0/16");

  static Stream<Arguments> table() {
    return Stream.of(
        Arguments.of("no policy", List.of(), "sss"),
        Arguments.of("ALLOW everything", allow(ANY), "sss"),
        Arguments.of("ALLOW nothing", allow(), "ddd"),
        Arguments.of("DENY everything", deny(ANY), "ddd"),
        Arguments.of("DENY nothing", deny(), "sss"),
        Arguments.of("ALLOW of a port", allow(PORT_80), "sds"),
        Arguments.of("DENY of a port", deny(PORT_80), "dsd"),
        Arguments.of("ALLOW from a range of IPv4", allow(FROM_107), "ppd"),
        Arguments.of("DENY from a range of IPv4", deny(FROM_107), "pps"),
        Arguments.of("ALLOW from every IPv4 address", allow(from("0.0.0.0/0")), "ssd"),
        Arguments.of("DENY from every IPv6 address", deny(from("::/0")), "ssd"),
        Arguments.of("ALLOW from all but a range", allow(fromAllBut("10.7.0.0/16")), "pps"),
        Arguments.of(
            "ALLOW from all but every IPv4 address", allow(fromAllBut("0.0.0.0/0")), "dds"),
        Arguments.of("DENY from a range to a port", deny(both(FROM_107, PORT_80)), "pss"),
        Arguments.of("ALLOW from a range, or to a port", allow(FROM_107, PORT_80), "sps"),
        Arguments.of("DENY from a range, or to a port", deny(FROM_107, PORT_80), "dpd"),
        Arguments.of("a DENY that is sure beats an ALLOW", join(allow(ANY), deny(PORT_80)), "dsd"),
        Arguments.of(
            "an ALLOW that can't match beats a DENY that may",
            join(allow(PORT_80), deny(FROM_107)),
            "pds"),
        Arguments.of(
            "a DENY that may match is asked for the client",
            join(allow(ANY), deny(FROM_107)),
            "pps"),
        Arguments.of(
            "when source.ip",
            deny(when(new PolicyCondition.SourceIp(blocks("10.7.0.0/16"), List.of()))),
            "pps"),
        Arguments.of(
            "when destination.ip",
            deny(when(new PolicyCondition.DestinationIp(blocks(V4), List.of()))),
            "dds"),
        Arguments.of(
            "when destination.port",
            deny(when(new PolicyCondition.DestinationPort(Set.of(443), Set.of()))),
            "sds"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("table")
  void decides(String name, List<AuthorizationPolicy> policies, String expected) {
    MeshSnapshot snapshot = MeshSnapshot.of(List.of(web()), policies);
    StringBuilder paths = new StringBuilder();
    paths.append(letter(plan(snapshot, 80, IpFamily.IPV4, true)));
    paths.append(letter(plan(snapshot, 443, IpFamily.IPV4, true)));
    paths.append(letter(plan(snapshot, 80, IpFamily.IPV6, true)));
    assertThat(paths).as(name).hasToString(expected);
  }

  @Test
  void saysWhatItDecidedAndWhy() {
    MeshSnapshot snapshot =
        MeshSnapshot.of(List.of(web()), join(allow(FROM_107), deny(to(Set.of(443)))));
    assertThat(plan(snapshot, 80, IpFamily.IPV4, true))
        .isEqualTo(
            new DataPath.Proxied(
                PathReason.SOURCE_ADDRESS,
                "rules[0] of policy shop/allow asks for the client's address, which isn't chosen"
                    + " before connect"));
    assertThat(plan(snapshot, 443, IpFamily.IPV4, true).why())
        .isEqualTo("rules[0] of DENY policy shop/deny matches, whatever the client's address");
    assertThat(plan(snapshot, 80, IpFamily.IPV6, true).why())
        .isEqualTo("no rule of its ALLOW policies matches, whatever the client's address");
  }

  @Test
  void leavesUdpToTheSocketWhateverThePoliciesSay() {
    MeshSnapshot snapshot = MeshSnapshot.of(List.of(web()), deny(ANY));
    for (boolean exempting : new boolean[] {true, false}) {
      assertThat(plan(snapshot, 53, IpFamily.IPV4, exempting))
          .isEqualTo(
              new DataPath.Socket(
                  PathReason.NOT_TCP, "no proxy takes UDP", PolicyDecision.Allowed.INSTANCE));
    }
  }

  @ParameterizedTest
  @CsvSource({"'', NO_EXEMPTION", "ALLOW, NO_EXEMPTION", "DENY, DENIED"})
  void needsAnExemptionForEverythingButARefusal(String action, PathReason reason) {
    List<AuthorizationPolicy> policies =
        action.isEmpty() ? List.of() : List.of(policy(Action.valueOf(action), "only", ANY));
    assertThat(plan(MeshSnapshot.of(List.of(web()), policies), 80, IpFamily.IPV4, false).reason())
        .isEqualTo(reason);
  }

  @Test
  void asksNoPolicyAboutANodePortAlone() {
    Service service = new Service(WEB, List.of(), web().ports());
    ServiceFrontend frontend = MeshSnapshot.of(List.of(service), List.of()).frontends().getFirst();
    assertThat(DataPathPlanner.plan(frontend, IpFamily.IPV6, MeshSnapshot.EMPTY, true).reason())
        .isEqualTo(PathReason.NO_POLICY);
  }

  @ParameterizedTest
  @CsvSource({
    "10.96.0.10, 80, SOURCE_ADDRESS",
    "10.96.0.10, 443, CAPTURED",
    "fd00:10:96::10, 80, CAPTURED",
    "10.96.0.11, 80, CAPTURED",
    "192.0.2.1, 80, NO_SERVICE"
  })
  void saysWhyTheProxyGotAConnection(String host, int port, PathReason reason) {
    Service plain =
        new Service(
            new ObjectName("shop", "plain"),
            List.of(IpLiteral.parse("10.96.0.11")),
            web().ports().subList(1, 2));
    MeshSnapshot snapshot = MeshSnapshot.of(List.of(web(), plain), deny(both(FROM_107, PORT_80)));
    assertThat(DataPathPlanner.reasonOf(destination(host, port), snapshot)).isEqualTo(reason);
    assertThat(DataPathPlanner.reasonOf(null, snapshot)).isEqualTo(PathReason.NO_SERVICE);
  }

  /** What is decided without the client is what {@link ServicePolicy} says of every client. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void agreesWithThePolicyOfEveryClient(long seed) {
    Random random = new Random(seed);
    int sure = 0;
    for (int i = 0; i < 5_000; i++) {
      List<AuthorizationPolicy> policies = randomPolicies(random);
      MeshSnapshot snapshot = MeshSnapshot.of(List.of(web()), policies);
      IpFamily family = random.nextBoolean() ? IpFamily.IPV4 : IpFamily.IPV6;
      int port = random.nextBoolean() ? 80 : 443;
      DataPath path = plan(snapshot, port, family, true);
      OriginalDestination destination = destination(family == IpFamily.IPV4 ? V4 : V6, port);
      List<Class<?>> answers = answers(snapshot, destination, family);
      if (path instanceof DataPath.Socket socket) {
        sure++;
        assertThat(answers)
            .as("%s for %s", path, policies)
            .containsOnly(socket.decision().getClass());
      }
    }
    assertThat(sure).as("decided at connect, of 5000").isBetween(1_000, 4_900);
  }

  private static List<Class<?>> answers(
      MeshSnapshot snapshot, OriginalDestination destination, IpFamily family) {
    List<String> clients =
        family == IpFamily.IPV4
            ? List.of("10.7.1.2", "10.8.1.2", "192.0.2.1")
            : List.of("2001:db8::7", "fd00::1", "2001:db8:7::1");
    List<Class<?>> answers = new ArrayList<>();
    for (String client : clients) {
      ClientAddress address =
          new ClientAddress(new InetSocketAddress(IpLiteral.parse(client), 40_000));
      answers.add(ServicePolicy.decide(destination, address, snapshot).getClass());
    }
    return answers;
  }

  private static List<AuthorizationPolicy> randomPolicies(Random random) {
    List<AuthorizationPolicy> policies = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      Action action = random.nextBoolean() ? Action.ALLOW : Action.DENY;
      PolicyRule[] rules = new PolicyRule[random.nextInt(3)];
      for (int r = 0; r < rules.length; r++) {
        rules[r] = randomRule(random);
      }
      policies.add(policy(action, "p" + i, rules));
    }
    return policies;
  }

  private static PolicyRule randomRule(Random random) {
    List<String> ranges =
        List.of("10.7.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.8.1.2/32");
    String range = ranges.get(random.nextInt(ranges.size()));
    return switch (random.nextInt(7)) {
      case 0 -> ANY;
      case 1 -> PORT_80;
      case 2 -> from(range);
      case 3 -> fromAllBut(range);
      case 4 -> both(from(range), PORT_80);
      case 5 -> when(new PolicyCondition.SourceIp(blocks(range), List.of()));
      default -> when(new PolicyCondition.DestinationIp(blocks(V4), List.of()));
    };
  }

  private static char letter(DataPath path) {
    return switch (path) {
      case DataPath.Proxied _ -> 'p';
      case DataPath.Socket socket -> socket.decision() instanceof PolicyDecision.Denied ? 'd' : 's';
    };
  }

  private static DataPath plan(
      MeshSnapshot snapshot, int port, IpFamily family, boolean exempting) {
    ServiceFrontend frontend =
        snapshot.frontends().stream()
            .filter(candidate -> candidate.port().port() == port)
            .findFirst()
            .orElseThrow();
    return DataPathPlanner.plan(frontend, family, snapshot, exempting);
  }

  private static OriginalDestination destination(String host, int port) {
    return new OriginalDestination(new InetSocketAddress(IpLiteral.parse(host), port));
  }

  private static Service web() {
    return new Service(
        WEB,
        List.of(IpLiteral.parse(V4), IpLiteral.parse(V6)),
        List.of(
            new ServicePort(
                "http",
                80,
                TransportProtocol.TCP,
                new TargetPort.Numbered(8080),
                OptionalInt.of(30_080)),
            port("https", 443, TransportProtocol.TCP),
            port("dns", 53, TransportProtocol.UDP)));
  }

  private static ServicePort port(String name, int number, TransportProtocol protocol) {
    return new ServicePort(name, number, protocol, new TargetPort.Numbered(number));
  }

  private static List<AuthorizationPolicy> allow(PolicyRule... rules) {
    return List.of(policy(Action.ALLOW, "allow", rules));
  }

  private static List<AuthorizationPolicy> deny(PolicyRule... rules) {
    return List.of(policy(Action.DENY, "deny", rules));
  }

  private static AuthorizationPolicy policy(Action action, String name, PolicyRule... rules) {
    return new AuthorizationPolicy(
        new ObjectName("shop", name), action, List.of(WEB), List.of(rules));
  }

  private static List<AuthorizationPolicy> join(
      List<AuthorizationPolicy> first, List<AuthorizationPolicy> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static PolicyRule both(PolicyRule first, PolicyRule second) {
    return new PolicyRule(first.sources(), second.operations(), List.of());
  }

  private static PolicyRule from(String block) {
    return new PolicyRule(List.of(new SourceMatch(blocks(block), List.of())), List.of(), List.of());
  }

  private static PolicyRule fromAllBut(String block) {
    return new PolicyRule(List.of(new SourceMatch(List.of(), blocks(block))), List.of(), List.of());
  }

  private static PolicyRule to(Set<Integer> ports) {
    return new PolicyRule(List.of(), List.of(new OperationMatch(ports, Set.of())), List.of());
  }

  private static PolicyRule when(PolicyCondition condition) {
    return new PolicyRule(List.of(), List.of(), List.of(condition));
  }

  private static List<IpBlock> blocks(String block) {
    return List.of(IpBlock.parse(block));
  }
}
