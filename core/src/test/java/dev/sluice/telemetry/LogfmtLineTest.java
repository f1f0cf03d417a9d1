// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.LocalAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LogfmtLineTest {
  private static final long ACCEPTED = 1_795_340_411_123_456L;

  @Test
  void writesEveryFieldInTheOrderOfTheContract() {
    assertThat(line(leg("10.7.1.2", "10.7.2.2"), Outcome.Closed.INSTANCE, ""))
        .isEqualTo(
            "time=2026-11-22T09:40:11.123456Z id=17 direction=outbound mode=redirect path=proxied"
                + " path_reason=source_address source=10.7.1.2:40000"
                + " original_destination=10.7.2.2:8080 upstream=10.7.2.2:8080"
                + " upstream_source=10.7.1.2:50122 bytes_received=123 bytes_sent=456"
                + " duration_us=1234 outcome=closed\n");
  }

  @Test
  void writesDashesForWhatIsAbsentAndTheReasonInQuotes() {
    Outcome denied = new Outcome.Failed(FailureKind.POLICY_DENIED, "bank/no-guests: rule 1");
    assertThat(line(null, denied, ""))
        .contains(" upstream=- upstream_source=- ")
        .endsWith(" outcome=policy_denied detail=\"bank/no-guests: rule 1\"\n");
  }

  @Test
  void writesIpv6AddressesInTheirShortFormWithoutQuotes() {
    assertThat(line(leg("2001:db8::2", "::6"), Outcome.Closed.INSTANCE, ""))
        .contains(" upstream=[::6]:8080 upstream_source=[2001:db8::2]:50122 ");
  }

  @Test
  void joinsTheReasonAndTheNote() {
    Outcome refused = new Outcome.Failed(FailureKind.UPSTREAM_REFUSED, "connect: ECONNREFUSED");
    assertThat(line(null, refused, "tried before"))
        .endsWith(" detail=\"connect: ECONNREFUSED; tried before\"\n");
    assertThat(line(null, Outcome.Closed.INSTANCE, "why")).endsWith(" outcome=closed detail=why\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\ntime=1 id=2 outcome=closed",
        "a\" outcome=closed",
        "back\\slash\\\" outcome=closed",
        "tab\tand\rreturn",
        "nul\0del\177",
        "next line\u0085 separator",
        "name=value"
      })
  void keepsAForgedValueInsideItsField(String forged) {
    String line = line(null, new Outcome.Failed(FailureKind.SYSTEM_ERROR, forged), "");
    assertThat(line.lines()).hasSize(1);
    assertThat(line.strip().chars()).noneMatch(Character::isISOControl);
    String detail = line.substring(line.indexOf(" detail=") + " detail=".length()).strip();
    // One quoted string: it opens, escapes every quote and backslash inside, and closes.
    assertThat(detail).matches("\"(?:[^\"\\\\]|\\\\[\"\\\\]|\\\\u[0-9a-f]{4})*\"");
  }

  @Test
  void saysHowManyLinesAreMissing() {
    StringBuilder line = new StringBuilder();
    LogfmtLine.appendLost(line, ACCEPTED, 12);
    assertThat(line)
        .hasToString(
            "time=2026-11-22T09:40:11.123456Z lost=12"
                + " detail=\"access log lines that could not be written\"\n");
  }

  private static String line(@Nullable UpstreamLeg leg, Outcome outcome, String note) {
    StringBuilder line = new StringBuilder();
    LogfmtLine.append(line, connection(leg, outcome, note));
    return line.toString();
  }

  static ConnectionRecord connection(@Nullable UpstreamLeg leg, Outcome outcome, String note) {
    ConnectionOrigin origin =
        new ConnectionOrigin(
            17,
            Direction.OUTBOUND,
            InterceptionMode.REDIRECT,
            ACCEPTED,
            new ClientAddress(address("10.7.1.2", 40_000)),
            new OriginalDestination(address("10.7.2.2", 8080)),
            PathReason.SOURCE_ADDRESS);
    return new ConnectionRecord(origin, leg, new Traffic(123, 456, 0, 1_234_567), outcome, note);
  }

  private static UpstreamLeg leg(String source, String endpoint) {
    return new UpstreamLeg(
        new EndpointAddress(address(endpoint, 8080)), new LocalAddress(address(source, 50_122)));
  }

  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }
}
