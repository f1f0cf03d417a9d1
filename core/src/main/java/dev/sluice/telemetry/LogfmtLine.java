// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One connection as one line of {@code name=value}. A value with a blank, a quote, an equals sign
 * or a control character is quoted and escaped, so that no peer can forge a line. Immutable.
 */
final class LogfmtLine {
  private LogfmtLine() {}

  /** Appends the line, with its line feed. */
  static void append(StringBuilder line, ConnectionRecord connection) {
    ConnectionOrigin origin = connection.origin();
    UpstreamLeg upstream = connection.upstream();
    Traffic traffic = connection.traffic();
    line.append("time=").append(EpochClock.micros(origin.acceptedAtMicros()));
    field(line, "id", origin.id());
    if (!connection.pod().isEmpty()) {
      field(line, "pod", connection.pod());
    }
    connection
        .workload()
        .forEachKnown(origin.direction(), (name, value) -> field(line, name, value));
    field(line, "direction", origin.direction());
    field(line, "mode", origin.mode().name().toLowerCase(Locale.ROOT));
    field(line, "path", origin.reason().path().word());
    field(line, "path_reason", origin.reason().word());
    field(line, "source", origin.client());
    field(line, "original_destination", origin.originalDestination());
    field(line, "upstream", upstream == null ? null : upstream.endpoint());
    field(line, "upstream_source", upstream == null ? null : upstream.source());
    field(line, "bytes_received", traffic.bytesReceived());
    field(line, "bytes_sent", traffic.bytesSent());
    field(line, "duration_us", traffic.durationNanos() / 1_000);
    field(line, "outcome", connection.outcome().label());
    String detail = connection.detail();
    if (!detail.isEmpty()) {
      field(line, "detail", detail);
    }
    line.append('\n');
  }

  /** A line that stands where lines are missing. */
  static void appendLost(StringBuilder line, long atMicros, long lost) {
    line.append("time=").append(EpochClock.micros(atMicros));
    field(line, "lost", lost);
    field(line, "detail", "access log lines that could not be written");
    line.append('\n');
  }

  private static void field(StringBuilder line, String name, @Nullable Object value) {
    line.append(' ').append(name).append('=');
    if (value == null) {
      line.append('-');
    } else {
      quote(line, value.toString());
    }
  }

  private static void quote(StringBuilder line, String value) {
    if (value.chars().noneMatch(LogfmtLine::needsQuotes)) {
      line.append(value);
      return;
    }
    line.append('"');
    value
        .chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                line.append('\\').append((char) c);
              } else if (Character.isISOControl(c)) {
                line.append("\\u").append(String.format(Locale.ROOT, "%04x", c));
              } else {
                line.append((char) c);
              }
            });
    line.append('"');
  }

  private static boolean needsQuotes(int c) {
    return c <= ' ' || c == '"' || c == '\\' || c == '=' || Character.isISOControl(c);
  }
}
