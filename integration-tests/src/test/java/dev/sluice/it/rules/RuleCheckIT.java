// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intercept.LiveCheck;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.process.CommandException;
import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.DnsCapture;
import dev.sluice.rules.Family;
import dev.sluice.rules.GroupSelection;
import dev.sluice.rules.InboundSelection;
import dev.sluice.rules.Interception;
import dev.sluice.rules.NameServer;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.RuleCheck;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.Selection;
import dev.sluice.rules.Subnet;
import dev.sluice.rules.install.BackendChoice;
import dev.sluice.rules.install.RuleInstaller;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our own programs, put into the kernel by each backend, keep what their options promise. */
final class RuleCheckIT {
  private static final List<Family> BOTH = List.of(Family.IPV4, Family.IPV6);
  private static final int PROBE_PORT = 15002;
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final ThrowawayNamespace namespace;

  RuleCheckIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @BeforeEach
  void leadEverywhere() throws CommandException {
    namespace.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
    namespace.run("ip", "link", "set", "eth0", "up");
    namespace.run("ip", "link", "set", "eth1", "up");
    namespace.run("ip", "address", "add", "10.9.0.2/24", "dev", "eth0");
    namespace.run("ip", "-6", "address", "add", "fd09::2/64", "dev", "eth0", "nodad");
    namespace.awaitDelivery("fd09::2/128");
    namespace.run("ip", "route", "add", "default", "via", "10.9.0.1");
    namespace.run("ip", "-6", "route", "add", "default", "via", "fd09::1");
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = BackendChoice.class,
      names = {"AUTOMATIC"},
      mode = EnumSource.Mode.EXCLUDE)
  void isContentWithOurOwnPrograms(BackendChoice backend) throws Exception {
    RuleInstaller installer = new RuleInstaller(backend, namespace.runner());
    for (RuleOptions options : everyKind()) {
      installer.apply(RulePlanner.plan(options, BOTH));

      LiveCheck.Report report = check(options, TIMEOUT);

      assertThat(report.problems()).as(options.toString()).isEmpty();
      assertThat(report.untried()).as(options.toString()).isEmpty();
      assertThat(report.captured()).as(options.toString()).hasSizeGreaterThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void saysWhatIsNotCaptured(Interception interception) throws Exception {
    RuleOptions options = RuleOptions.defaults(interception).withDns(new DnsCapture.Everything());
    new RuleInstaller(namespace.runner()).apply(RulePlanner.plan(options, List.of(Family.IPV4)));

    LiveCheck.Report report = check(options, SHORT);

    assertThat(report.captured()).isNotEmpty().allMatch(line -> line.startsWith("IPv4"));
    assertThat(report.problems())
        .hasSameSizeAs(report.captured())
        .allMatch(line -> line.startsWith("IPv6"));
  }

  @Test
  void findsNothingToSayWhereNothingIsCaptured() throws Exception {
    RuleOptions nothing =
        RuleOptions.defaults(Interception.TPROXY_BOTH)
            .withSelection(
                Selection.INJECTOR
                    .withInbound(new InboundSelection.Only(List.of()))
                    .withOutbound(OutboundSelection.NONE));

    assertThat(check(nothing, TIMEOUT))
        .isEqualTo(new LiveCheck.Report(List.of(), List.of(), List.of()));
  }

  /** Each way to intercept with DNS, and what is chosen otherwise with some of them. */
  private static List<RuleOptions> everyKind() {
    List<RuleOptions> kinds = new ArrayList<>();
    for (Interception interception : Interception.values()) {
      kinds.add(RuleOptions.defaults(interception).withDns(new DnsCapture.Everything()));
    }
    for (Interception interception : List.of(Interception.REDIRECT, Interception.NODE)) {
      kinds.add(RuleOptions.defaults(interception).withDns(someServers()));
    }
    for (Interception interception : List.of(Interception.TPROXY, Interception.TPROXY_BOTH)) {
      kinds.add(
          RuleOptions.defaults(interception)
              .withSelection(Selection.INJECTOR.withOutbound(someNetworks())));
    }
    kinds.add(
        RuleOptions.defaults(Interception.REDIRECT)
            .withSelection(Selection.INJECTOR.withOutbound(somePorts())));
    return kinds;
  }

  private static DnsCapture someServers() {
    return new DnsCapture.Servers(
        List.of(
            NameServer.of(InetAddress.ofLiteral("10.9.0.53")),
            NameServer.of(InetAddress.ofLiteral("fd09::53"))));
  }

  private static OutboundSelection someNetworks() {
    return OutboundSelection.of(
            new AddressSelection.Only(
                List.of(Subnet.parse("10.9.0.0/24"), Subnet.parse("fd09::/64"))))
        .without(List.of(Subnet.parse("10.9.0.1"), Subnet.parse("fd09::1")))
        .withGroups(new GroupSelection.Only(List.of(2000L, 3000L)));
  }

  private static OutboundSelection somePorts() {
    return OutboundSelection.NONE.withPorts(
        List.of(new PortRange(8000, 8010)), List.of(PortRange.of(8000)));
  }

  private LiveCheck.Report check(RuleOptions options, Duration timeout) throws Exception {
    try (NetworkNamespace entered = NetworkNamespace.open(namespace.path())) {
      return NamespaceThread.call(entered, () -> RuleCheck.run(options, BOTH, PROBE_PORT, timeout));
    }
  }
}
