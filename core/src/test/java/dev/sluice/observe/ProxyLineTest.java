// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.observe.ProxyLine.Entry;
import dev.sluice.observe.ProxyLine.Passed;
import dev.sluice.observe.ProxyLine.Span;
import dev.sluice.observe.ProxyLine.Words;
import dev.sluice.telemetry.AccessLogFormat;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.Traffic;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyLineTest {
  private static final Path SOCKET = Path.of("/run/sluice/1/access_log.sock");

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }

  @Test
  void readsWhatTheProxyWrites() {
    InetSocketAddress client = at("fd00::1", 40_000);
    InetSocketAddress destination = at("fd00::2", 80);
    StringBuilder line = new StringBuilder();
    AccessLogFormat.JSON.append(
        line,
        new ConnectionRecord(
            new ConnectionOrigin(
                1,
                Direction.INBOUND,
                InterceptionMode.REDIRECT,
                1_700_000_000_123_000L,
                new ClientAddress(client),
                new OriginalDestination(destination),
                PathReason.NO_SERVICE),
            null,
            new Traffic(11, 22, 0, 33_000),
            new Outcome.Failed(FailureKind.POLICY_DENIED, "a/b: \"no\""),
            ""));

    assertThat(ProxyLine.parse(SOCKET, line.toString()))
        .contains(
            new Passed(
                SOCKET,
                client,
                destination,
                Optional.empty(),
                new Entry(true, Optional.of(InterceptionMode.REDIRECT)),
                new Words("policy_denied", "a/b: \"no\"", "proxied", "no_service"),
                new Span(1_700_000_000_123L, 33, 11, 22)));
  }

  @Test
  void readsHowManyAreMissing() {
    StringBuilder line = new StringBuilder();
    AccessLogFormat.JSON.appendLost(line, 0, 17);

    assertThat(ProxyLine.parse(SOCKET, line.toString())).contains(new ProxyLine.Lost(17));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"sluice\":{\"lost\":\"x\"}}",
        "{\"downstream_remote_address\":\"10.0.0.1:1\"}",
        "{\"downstream_remote_address\":\"nobody:1\",\"downstream_local_address\":\"10.0.0.1:1\"}",
        "{\"downstream_remote_address\":\"10.0.0.1:99999\","
            + "\"downstream_local_address\":\"10.0.0.1:1\"}"
      })
  void passesOverWhatIsNone(String line) {
    assertThat(ProxyLine.parse(SOCKET, line)).isEmpty();
  }
}
