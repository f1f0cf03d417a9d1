// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

/**
 * One connection as Envoy writes it where no format is given: <a
 * href="https://www.envoyproxy.io/docs/envoy/v1.36.0/configuration/observability/access_log/usage#default-format-string">default
 * format string</a>. What only requests have is {@code -}, and the response code 0, as Envoy's TCP
 * proxy has them. No value in it is a peer's to choose, so nothing is escaped. Stateless.
 */
final class EnvoyTextLine {
  private EnvoyTextLine() {}

  /** Appends the line, with its line feed. */
  static void append(StringBuilder line, ConnectionRecord connection) {
    Traffic traffic = connection.traffic();
    line.append('[')
        .append(EpochClock.millis(connection.origin().acceptedAtMicros()))
        .append("] \"- - -\" 0 ")
        .append(EnvoyTerms.flags(connection.outcome()))
        .append(' ')
        .append(traffic.bytesReceived())
        .append(' ')
        .append(traffic.bytesSent())
        .append(' ')
        .append(EnvoyTerms.millis(traffic))
        .append(" - \"-\" \"-\" \"-\" \"-\" \"");
    UpstreamLeg upstream = connection.upstream();
    if (upstream == null) {
      line.append('-');
    } else {
      line.append(upstream.endpoint());
    }
    line.append("\"\n");
  }

  /** A line that stands where lines are missing, and that nobody takes for a connection. */
  static void appendLost(StringBuilder line, long atMicros, long lost) {
    line.append('[').append(EpochClock.millis(atMicros)).append("] lost=").append(lost);
    line.append(" access log lines that could not be written\n");
  }
}
