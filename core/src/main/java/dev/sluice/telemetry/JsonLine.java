// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One connection as one JSON object: the keys of Istio's default JSON log with the types and in the
 * order that Envoy writes them, which is that of the alphabet, and after them an object {@code
 * sluice} with what those have no word for. What only requests have is {@code null}. Stateless.
 */
final class JsonLine {
  private JsonLine() {}

  /** Appends the line, with its line feed. */
  static void append(StringBuilder line, ConnectionRecord connection) {
    ConnectionOrigin origin = connection.origin();
    UpstreamLeg upstream = connection.upstream();
    Traffic traffic = connection.traffic();
    line.append("{\"authority\":null");
    number(line, "bytes_received", traffic.bytesReceived());
    number(line, "bytes_sent", traffic.bytesSent());
    text(
        line,
        "connection_termination_details",
        EnvoyTerms.terminationDetails(connection.outcome()));
    text(line, "downstream_local_address", origin.originalDestination());
    text(line, "downstream_remote_address", origin.client());
    number(line, "duration", EnvoyTerms.millis(traffic));
    line.append(",\"method\":null,\"path\":null,\"protocol\":null,\"request_id\":null");
    line.append(",\"requested_server_name\":null");
    line.append(",\"response_code\":0,\"response_code_details\":null");
    text(line, "response_flags", EnvoyTerms.flags(connection.outcome()));
    line.append(",\"route_name\":null");
    text(line, "start_time", EpochClock.millis(origin.acceptedAtMicros()));
    text(
        line, "upstream_cluster", upstream == null ? null : EnvoyTerms.cluster(origin.direction()));
    text(line, "upstream_host", upstream == null ? null : upstream.endpoint());
    text(line, "upstream_local_address", EnvoyTerms.upstreamSource(connection));
    line.append(",\"upstream_service_time\":null");
    text(line, "upstream_transport_failure_reason", EnvoyTerms.failureReason(connection.outcome()));
    line.append(",\"user_agent\":null,\"x_forwarded_for\":null");
    appendOwn(line, connection);
    line.append("}\n");
  }

  private static void appendOwn(StringBuilder line, ConnectionRecord connection) {
    ConnectionOrigin origin = connection.origin();
    line.append(",\"sluice\":{\"id\":").append(origin.id());
    if (!connection.pod().isEmpty()) {
      text(line, "pod", connection.pod());
    }
    connection
        .workload()
        .forEachKnown(origin.direction(), (name, value) -> text(line, name, value));
    text(line, "direction", origin.direction());
    text(line, "mode", origin.mode().name().toLowerCase(Locale.ROOT));
    text(line, "path", origin.reason().path().word());
    text(line, "path_reason", origin.reason().word());
    number(line, "duration_us", connection.traffic().durationNanos() / 1_000);
    text(line, "outcome", connection.outcome().label());
    String detail = connection.detail();
    if (!detail.isEmpty()) {
      text(line, "detail", detail);
    }
    line.append('}');
  }

  /** A line that stands where lines are missing. */
  static void appendLost(StringBuilder line, long atMicros, long lost) {
    line.append("{\"start_time\":\"").append(EpochClock.millis(atMicros));
    line.append("\",\"sluice\":{\"lost\":").append(lost);
    text(line, "detail", "access log lines that could not be written");
    line.append("}}\n");
  }

  private static void number(StringBuilder line, String name, long value) {
    line.append(",\"").append(name).append("\":").append(value);
  }

  private static void text(StringBuilder line, String name, @Nullable Object value) {
    line.append(",\"").append(name).append("\":");
    if (value == null) {
      line.append("null");
      return;
    }
    line.append('"');
    String text = value.toString();
    for (int i = 0; i < text.length(); i++) {
      escape(line, text.charAt(i));
    }
    line.append('"');
  }

  /** RFC 8259, section 7; and whatever a terminal might obey. */
  private static void escape(StringBuilder line, char c) {
    if (c == '"' || c == '\\') {
      line.append('\\').append(c);
    } else if (Character.isISOControl(c)) {
      line.append("\\u00").append(hexDigit(c >> 4)).append(hexDigit(c));
    } else {
      line.append(c);
    }
  }

  private static char hexDigit(int value) {
    return Character.forDigit(value & 0xf, 16);
  }
}
