// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intercept.LiveProbe;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which connections are tried for which options. */
class RuleCheckTest {
  private static final List<Family> BOTH = List.of(Family.IPV4, Family.IPV6);
  private static final String PROXY = " (user 1337, group 1337)";
  private static final String NOBODY = " (user 65534, group 65534)";
  private static final RuleOptions DEFAULTS = RuleOptions.defaults(Interception.REDIRECT);

  @ParameterizedTest
  @EnumSource(
      value = Interception.class,
      names = {"NODE"},
      mode = EnumSource.Mode.EXCLUDE)
  void triesBothDirectionsInBothFamilies(Interception interception) {
    assertThat(tried(RuleOptions.defaults(interception)))
        .containsExactly(
            "IPv4 inbound to 127.0.0.6:15002" + PROXY + " at 15006",
            "IPv4 outbound to 192.0.2.1:15002" + NOBODY + " at 15001",
            "IPv6 inbound to [::6]:15002" + PROXY + " at 15006",
            "IPv6 outbound to [2001:db8::1]:15002" + NOBODY + " at 15001");
  }

  /** Which knows its proxy by marks, and nothing arrives there but from outside. */
  @Test
  void triesWhatLeavesOfAPodWithItsProxyOnTheNode() {
    assertThat(tried(RuleOptions.defaults(Interception.NODE)))
        .containsExactly(
            "IPv4 outbound to 192.0.2.1:15002" + NOBODY + " at 15001",
            "IPv6 outbound to [2001:db8::1]:15002" + NOBODY + " at 15001");
  }

  @Test
  void asksTheFirstNameServerOfEachFamily() {
    DnsCapture servers =
        new DnsCapture.Servers(
            List.of(
                new NameServer(InetAddress.ofLiteral("fe80::1"), Optional.of("eth0")),
                server("10.96.0.10"),
                server("10.96.0.11"),
                server("fd00::a")));
    assertThat(tried(DEFAULTS.withDns(servers)))
        .contains(
            "IPv4 DNS by TCP to 10.96.0.10:53" + NOBODY + " at 15053",
            "IPv4 DNS by UDP to 10.96.0.10:53" + NOBODY + " at 15053",
            "IPv6 DNS by TCP to [fd00::a]:53" + NOBODY + " at 15053",
            "IPv6 DNS by UDP to [fd00::a]:53" + NOBODY + " at 15053")
        .hasSize(8);
    assertThat(tried(DEFAULTS.withDns(new DnsCapture.Everything())))
        .contains("IPv4 DNS by UDP to 192.0.2.1:53" + NOBODY + " at 15053")
        .hasSize(8);
  }

  @Test
  void dialsWhatIsIncludedAndNotExcludedAndNotHere() {
    OutboundSelection some =
        OutboundSelection.of(
                new AddressSelection.Only(
                    List.of(Subnet.parse("10.1.2.3/24"), Subnet.parse("fd00::/64"))))
            .without(List.of(Subnet.parse("10.1.2.0/30"), Subnet.parse("fd00::1")))
            .withPorts(List.of(), List.of(new PortRange(15000, 15005)));
    List<String> tried = tried(outbound(some));
    assertThat(tried)
        .as("10.1.2.4 is local, 15002 excluded")
        .contains(
            "IPv4 outbound to 10.1.2.5:80" + NOBODY + " at 15001",
            "IPv6 outbound to [fd00::2]:80" + NOBODY + " at 15001");
    assertThat(tried).as("neither a self-call to an excluded port").hasSize(2);
  }

  @Test
  void dialsAnIncludedPortWhereNoDestinationIs() {
    OutboundSelection ports =
        OutboundSelection.NONE.withPorts(
            List.of(PortRange.of(53), new PortRange(8080, 8090)), List.of(PortRange.of(8080)));
    assertThat(tried(outbound(ports)))
        .contains("IPv4 outbound to 192.0.2.1:8081" + NOBODY + " at 15001");
  }

  @Test
  void dialsAsSomebodyWhoIsCaptured() {
    OutboundSelection some =
        OutboundSelection.ALL.withGroups(new GroupSelection.Only(List.of(1337L, 2000L)));
    assertThat(tried(outbound(some)))
        .contains("IPv4 outbound to 192.0.2.1:15002 (user 65534, group 2000) at 15001");

    OutboundSelection others =
        OutboundSelection.ALL.withGroups(new GroupSelection.AllExcept(List.of(65533L)));
    RuleOptions options = outbound(others).withProxy(ProxyIdentity.of(65534, 65534));
    assertThat(tried(options))
        .contains(
            "IPv4 inbound to 127.0.0.6:15002" + NOBODY + " at 15006",
            "IPv4 outbound to 192.0.2.1:15002 (user 65533, group 65532) at 15001");

    assertThat(
            tried(
                outbound(
                    OutboundSelection.ALL.withGroups(new GroupSelection.Only(List.of(1337L))))))
        .as("nobody is")
        .noneMatch(line -> line.contains("outbound"));
  }

  @Test
  void dialsNothingThatIsNotPromised() {
    assertThat(tried(outbound(OutboundSelection.NONE)))
        .noneMatch(line -> line.contains("outbound"));
    assertThat(tried(outbound(OutboundSelection.ALL.withLoopback(Subnet.parse("127.0.0.0/8")))))
        .noneMatch(line -> line.contains("127.0.0.6"));
    Selection interfaces =
        Selection.INJECTOR.withInterfaces(new InterfaceSelection(List.of("eth1"), List.of()));
    assertThat(tried(DEFAULTS.withSelection(interfaces)))
        .as("which way packets leave isn't known")
        .noneMatch(line -> line.contains("outbound"))
        .hasSize(2);
    Selection ports =
        Selection.INJECTOR.withInbound(new InboundSelection.Only(List.of(PortRange.of(80))));
    assertThat(tried(DEFAULTS.withSelection(ports))).as("redirected all the same").hasSize(4);
    assertThat(tried(RuleOptions.defaults(Interception.TPROXY_BOTH).withSelection(ports)))
        .as("not steered")
        .noneMatch(line -> line.contains("inbound"));
  }

  private static RuleOptions outbound(OutboundSelection selection) {
    return DEFAULTS.withSelection(Selection.INJECTOR.withOutbound(selection));
  }

  private static NameServer server(String address) {
    return NameServer.of(InetAddress.ofLiteral(address));
  }

  private static List<String> tried(RuleOptions options) {
    InetAddress local = InetAddress.ofLiteral("10.1.2.4");
    return RuleCheck.probes(options, BOTH, 15002, local::equals).stream()
        .map(RuleCheckTest::describe)
        .toList();
  }

  private static String describe(LiveProbe probe) {
    return probe + " at " + probe.listenerPort();
  }
}
