// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.Family;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TPROXY rules between a client and a server, or with the server, and no proxy. */
final class GatewayIT {
  private static final int EXCLUDED = 15021;
  private static final int CAPTURED = 8080;

  /** curl(1). A reset or an answer ends it otherwise. */
  private static final int CURL_TIMED_OUT = 28;

  private static final List<String> SERVERS = List.of("10.7.2.2", "[fd07:2::2]");

  private final ThrowawayNamespace client = ThrowawayNamespace.open();
  private final ThrowawayNamespace gateway = ThrowawayNamespace.open();
  private final ThrowawayNamespace server = ThrowawayNamespace.open();
  private final Process excluded;
  private final Process captured;

  GatewayIT() throws IOException {
    connect(client, "gc", "10.7.1", "fd07:1::");
    connect(server, "gs", "10.7.2", "fd07:2::");
    gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    excluded = serve(EXCLUDED);
    captured = serve(CAPTURED);
  }

  @BeforeEach
  void bothPortsAnswerWithoutRules() {
    for (String host : SERVERS) {
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () -> {
                assertThat(ask(host, EXCLUDED).exitCode()).isZero();
                assertThat(ask(host, CAPTURED).exitCode()).isZero();
              });
    }
  }

  @AfterEach
  void removeAll() throws CommandException {
    excluded.destroyForcibly().onExit().join();
    captured.destroyForcibly().onExit().join();
    client.close();
    server.close();
    gateway.close();
  }

  @ParameterizedTest
  @EnumSource
  void forwardsAnExcludedPortInBothDirections(Host host) throws IOException {
    apply(host, gateway);

    assertOnlyTheExcludedPortAnswers();
  }

  /** The application listens itself: what passes the rules gets an answer. */
  @ParameterizedTest
  @EnumSource
  void losesInItsPodWhatFindsNoListener(Host host) throws IOException {
    apply(host, server);

    assertOnlyTheExcludedPortAnswers();
  }

  private static void apply(Host host, ThrowawayNamespace where) throws IOException {
    new RuleInstaller(host.choice(), where.runner())
        .apply(
            RulePlanner.plan(
                RuleOptions.defaults(InterceptionMode.TPROXY), List.of(Family.IPV4, Family.IPV6)));
  }

  private void assertOnlyTheExcludedPortAnswers() throws IOException {
    for (String address : SERVERS) {
      assertThat(ask(address, EXCLUDED).exitCode()).isZero();
      assertThat(ask(address, CAPTURED).exitCode()).isEqualTo(CURL_TIMED_OUT);
    }
  }

  private CommandResult ask(String host, int port) throws CommandException {
    return client.attempt(
        "curl", "-sS", "--noproxy", "*", "--max-time", "1", "http://" + host + ":" + port + "/");
  }

  /** {@code fromGateway} becomes the gateway's end; hosts are .1 or ::1 there, .2 or ::2 here. */
  private void connect(ThrowawayNamespace end, String fromGateway, String v4, String v6)
      throws CommandException {
    gateway.run(
        "ip",
        "link",
        "add",
        fromGateway,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        end.name());
    address(gateway, fromGateway, v4 + ".1/24", v6 + "1/64");
    address(end, "eth0", v4 + ".2/24", v6 + "2/64");
    end.run("ip", "route", "add", "default", "via", v4 + ".1");
    end.run("ip", "-6", "route", "add", "default", "via", v6 + "1");
  }

  private static void address(ThrowawayNamespace where, String link, String v4, String v6)
      throws CommandException {
    where.run("ip", "link", "set", link, "up");
    where.run("ip", "addr", "add", v4, "dev", link);
    where.run("ip", "addr", "add", v6, "dev", link, "nodad");
  }

  private Process serve(int port) throws IOException {
    return new ProcessBuilder(
            Command.of(
                    "/usr/bin/python3", "-m", "http.server", "--bind", "::", Integer.toString(port))
                .inNetworkNamespace(server.path())
                .words())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
