// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intercept.LiveCheck;
import dev.sluice.intercept.LiveProbe;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.process.CommandException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rules written by hand, right and wrong, against what the check says of them. */
final class LiveCheckIT {
  private static final SocketOwner PROXY = new SocketOwner(1337, 1337);
  private static final SocketOwner APPLICATION = new SocketOwner(65534, 65534);

  /** Long enough for a busy machine; a probe that fails by an answer doesn't wait for it. */
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** For the probes that fail because nobody answers. */
  private static final Duration SHORT = Duration.ofMillis(300);

  private static final String RULES =
      """
      *nat
      -A OUTPUT -o lo ! -d LOOPBACK -p tcp -m multiport ! --dports 53,15008 -m owner --uid-owner 1337 -j REDIRECT --to-ports INBOUND
      -A OUTPUT -o lo -p tcp ! --dport 53 -m owner ! --uid-owner 1337 -j RETURN
      -A OUTPUT -m owner --uid-owner 1337 -j RETURN
      -A OUTPUT -p tcp --dport 53 -j REDIRECT --to-ports 15053
      -A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15053
      -A OUTPUT -d LOOPBACK -j RETURN
      -A OUTPUT -p tcp -j REDIRECT --to-ports 15001
      COMMIT
      """;

  private final ThrowawayNamespace namespace;

  LiveCheckIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @BeforeEach
  void leadSomewhere() throws CommandException {
    namespace.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
    namespace.run("ip", "link", "set", "eth1", "up");
    namespace.run("ip", "link", "set", "eth0", "up");
    namespace.run("ip", "address", "add", "10.9.0.2/24", "dev", "eth0");
    namespace.run("ip", "-6", "address", "add", "2001:db8:9::2/64", "dev", "eth0", "nodad");
    namespace.run("ip", "-6", "address", "add", "::6/128", "dev", "lo", "nodad");
    namespace.awaitDelivery("::6/128");
    namespace.awaitDelivery("2001:db8:9::2/128");
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @Test
  void isContentWithRightRulesInBothFamilies() throws Exception {
    rules(AddressFamily.INET, "15006");
    rules(AddressFamily.INET6, "15006");

    LiveCheck.Report report = check(probes(), TIMEOUT);

    assertThat(report.problems()).isEmpty();
    assertThat(report.untried()).isEmpty();
    assertThat(report.captured())
        .containsExactly(
            "IPv4 inbound to 127.0.0.6:15002 (user 1337, group 1337)",
            "IPv4 outbound to 10.9.0.77:80 (user 65534, group 65534)",
            "IPv4 DNS by TCP to 10.9.0.53:53 (user 65534, group 65534)",
            "IPv4 DNS by UDP to 10.9.0.53:53 (user 65534, group 65534)",
            "IPv6 inbound to [::6]:15002 (user 1337, group 1337)",
            "IPv6 outbound to [2001:db8:9::77]:80 (user 65534, group 65534)",
            "IPv6 DNS by TCP to [2001:db8:9::53]:53 (user 65534, group 65534)",
            "IPv6 DNS by UDP to [2001:db8:9::53]:53 (user 65534, group 65534)");
    assertThat(check(probes(), TIMEOUT)).as("it leaves nothing open").isEqualTo(report);
  }

  @ParameterizedTest
  @EnumSource
  void namesTheFamilyThatIsNotCaptured(AddressFamily missing) throws Exception {
    rules(other(missing), "15006");

    LiveCheck.Report report = check(probes(), SHORT);

    String label = label(missing);
    assertThat(report.captured())
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).startsWith(label(other(missing))));
    assertThat(report.problems()).hasSize(4).allSatisfy(line -> assertThat(line).startsWith(label));
    assertThat(report.problems().getFirst())
        .startsWith(label + " inbound to ")
        .endsWith(": ECONNREFUSED (111), it was not captured; expected it at port 15006");
    assertThat(report.problems().get(3)).contains("it did not arrive within 300 ms");
  }

  @ParameterizedTest
  @EnumSource
  void saysAtWhichPortItArrivedInstead(AddressFamily wrong) throws Exception {
    rules(wrong, "15001");
    rules(other(wrong), "15006");

    assertThat(check(probes(), TIMEOUT).problems())
        .singleElement()
        .asString()
        .startsWith(label(wrong) + " inbound")
        .endsWith(": it arrived at port 15001; expected it at port 15006");
  }

  @ParameterizedTest
  @EnumSource
  void seesThatTheRulesExemptTheWrongUser(AddressFamily family) throws Exception {
    rules(AddressFamily.INET, "15006");
    rules(AddressFamily.INET6, "15006");

    List<LiveProbe> probes =
        List.of(
            LiveProbe.inbound(family, 15002, 15006, new SocketOwner(1338, 1337)),
            LiveProbe.outbound(away(family, "77", 80), 15001, PROXY));

    assertThat(check(probes, SHORT).problems()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource
  void seesWhoElseAnswers(AddressFamily family) throws Exception {
    LiveCheck.Report report =
        inside(
            () -> {
              try (ServerSocketChannel server = ServerSocketChannel.open()) {
                server.bind(new InetSocketAddress("::", 15002));
                return LiveCheck.run(
                    List.of(LiveProbe.inbound(family, 15002, 15006, PROXY)), PROXY, SHORT);
              }
            });

    assertThat(report.problems())
        .singleElement()
        .asString()
        .contains("somebody else accepted it, so it was not captured");
  }

  @ParameterizedTest
  @EnumSource
  void seesThatTheAnswerIsLost(AddressFamily family) throws Exception {
    rules(family, "15006");
    restore(family, "*filter\n-A INPUT -p udp ! --dport 15053 -j DROP\nCOMMIT\n");
    InetSocketAddress server = away(family, "53", 53);

    assertThat(check(List.of(LiveProbe.dnsByUdp(server, 15053, APPLICATION)), SHORT).problems())
        .singleElement()
        .asString()
        .contains("the answer did not come back from the address that was asked");
  }

  @ParameterizedTest
  @EnumSource
  void leavesOutWhatHasNoRoute(AddressFamily family) throws Exception {
    rules(family, "15006");
    InetAddress nowhere =
        InetAddress.ofLiteral(family == AddressFamily.INET ? "192.0.2.1" : "2001:db8:2::1");

    LiveCheck.Report report =
        check(
            List.of(
                LiveProbe.outbound(new InetSocketAddress(nowhere, 80), 15001, APPLICATION),
                LiveProbe.dnsByUdp(new InetSocketAddress(nowhere, 53), 15053, APPLICATION)),
            TIMEOUT);

    assertThat(report.problems()).isEmpty();
    assertThat(report.untried())
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).endsWith(": ENETUNREACH (101)"));
  }

  @Test
  void saysThatThePassthroughSourceIsMissing() throws Exception {
    rules(AddressFamily.INET6, "15006");
    namespace.run("ip", "-6", "address", "del", "::6/128", "dev", "lo");

    assertThat(
            check(List.of(LiveProbe.inbound(AddressFamily.INET6, 15002, 15006, PROXY)), TIMEOUT)
                .problems())
        .singleElement()
        .asString()
        .contains("connect to [::6]:15002: ");
  }

  @ParameterizedTest
  @EnumSource
  void wantsThePortsToItself(AddressFamily family) throws Exception {
    rules(family, "15006");
    LiveCheck.Report report =
        inside(
            () -> {
              try (ServerSocketChannel proxy = ServerSocketChannel.open()) {
                proxy.bind(new InetSocketAddress("::", 15006));
                return LiveCheck.run(probes(), PROXY, TIMEOUT);
              }
            });

    assertThat(report.captured()).isEmpty();
    assertThat(report.problems())
        .singleElement()
        .asString()
        .contains("15006", "EADDRINUSE (98): another process listens there");
  }

  private LiveCheck.Report check(List<LiveProbe> probes, Duration timeout) throws Exception {
    return inside(() -> LiveCheck.run(probes, PROXY, timeout));
  }

  private LiveCheck.Report inside(Callable<LiveCheck.Report> body) throws Exception {
    try (NetworkNamespace entered = NetworkNamespace.open(namespace.path())) {
      return NamespaceThread.call(entered, body);
    }
  }

  private static List<LiveProbe> probes() {
    List<LiveProbe> probes = new ArrayList<>();
    for (AddressFamily family : AddressFamily.values()) {
      probes.add(LiveProbe.inbound(family, 15002, 15006, PROXY));
      probes.add(LiveProbe.outbound(away(family, "77", 80), 15001, APPLICATION));
      probes.add(LiveProbe.dnsByTcp(away(family, "53", 53), 15053, APPLICATION));
      probes.add(LiveProbe.dnsByUdp(away(family, "53", 53), 15053, APPLICATION));
    }
    return probes;
  }

  private void rules(AddressFamily family, String inboundPort) throws CommandException {
    String loopback = family == AddressFamily.INET ? "127.0.0.1/32" : "::1/128";
    restore(family, RULES.replace("LOOPBACK", loopback).replace("INBOUND", inboundPort));
  }

  private void restore(AddressFamily family, String script) throws CommandException {
    namespace.restore(family == AddressFamily.INET ? "iptables" : "ip6tables", script);
  }

  private static InetSocketAddress away(AddressFamily family, String last, int port) {
    String network = family == AddressFamily.INET ? "10.9.0." : "2001:db8:9::";
    return new InetSocketAddress(InetAddress.ofLiteral(network + last), port);
  }

  private static AddressFamily other(AddressFamily family) {
    return family == AddressFamily.INET ? AddressFamily.INET6 : AddressFamily.INET;
  }

  private static String label(AddressFamily family) {
    return family == AddressFamily.INET ? "IPv4" : "IPv6";
  }
}
