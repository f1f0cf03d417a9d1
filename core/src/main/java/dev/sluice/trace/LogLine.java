// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.telemetry.Logfmt;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A line of an access log in LOGFMT or JSON, under LOGFMT's names. Whoever wrote the file may have
 * written anything into it. Immutable.
 *
 * @param values by name
 * @param acceptedMicros since the epoch
 * @param unitMicros how exact that is: 1, or 1000
 */
record LogLine(Map<String, String> values, long acceptedMicros, long unitMicros) {
  private static final int MOST_CHARACTERS = 1 << 16;

  /** Istio's keys that mean the same under another name. */
  private static final Map<String, String> NAMES =
      Map.of(
          "start_time", "time",
          "downstream_remote_address", "source",
          "downstream_local_address", "original_destination",
          "upstream_host", "upstream",
          "upstream_local_address", "upstream_source");

  private static final String OURS = "sluice";
  private static final JsonFactory JSON = new JsonFactory();

  LogLine {
    values = Map.copyOf(values);
  }

  /** Empty if it is of no connection, or of another kind: Envoy's text names neither end. */
  static Optional<LogLine> read(String line) {
    if (line.length() > MOST_CHARACTERS) {
      return Optional.empty();
    }
    boolean json = line.startsWith("{");
    Map<String, String> values = json ? fromJson(line) : Logfmt.parse(line);
    try {
      Instant time = Instant.parse(values.getOrDefault("time", ""));
      return Optional.of(
          new LogLine(values, ChronoUnit.MICROS.between(Instant.EPOCH, time), json ? 1_000 : 1));
    } catch (DateTimeParseException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** True if it may have been accepted then or later. */
  boolean isSince(long sinceNanos, Clocks clocks) {
    return clocks.nanos(acceptedMicros + unitMicros - 1) >= sinceNanos;
  }

  /** When it was accepted, by CLOCK_MONOTONIC. */
  long nanos(Clocks clocks) {
    return clocks.nanos(acceptedMicros);
  }

  private static Map<String, String> fromJson(String line) {
    Map<String, String> values = new HashMap<>();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), line)) {
      String inner = "";
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
          depth++;
          inner = depth == 2 ? String.valueOf(parser.currentName()) : inner;
        } else if (token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) {
          depth--;
        } else if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
          String name = String.valueOf(parser.currentName());
          if (depth == 1 && NAMES.containsKey(name)) {
            values.put(NAMES.get(name), parser.getString());
          } else if (depth == 2 && inner.equals(OURS)) {
            values.put(name, parser.getString());
          }
        }
      }
      return values;
    } catch (JacksonException e) {
      return Map.of();
    }
  }
}
