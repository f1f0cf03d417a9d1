// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.net.AddressText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.OptionalLong;
import tools.jackson.core.JsonGenerator;

/** Records as JSON, one object a record. Stateless. */
public final class FlowJson {
  private FlowJson() {}

  /** Writes one object. What isn't known is left out. */
  public static void write(FlowRecord flow, JsonGenerator json) {
    FlowRecord.Path path = flow.path();
    FlowRecord.Figures figures = flow.figures();
    json.writeStartObject();
    json.writeStringProperty(
        "time", Instant.EPOCH.plus(flow.epochMicros(), ChronoUnit.MICROS).toString());
    json.writeStringProperty("verdict", flow.verdict().name());
    json.writeStringProperty("mode", flow.mode().word());
    if (!path.interceptions().isEmpty()) {
      json.writeArrayPropertyStart("interception");
      path.interceptions().forEach(mode -> json.writeString(FlowText.word(mode)));
      json.writeEndArray();
    }
    json.writeStringProperty("protocol", flow.protocol());
    path.source().ifPresent(source -> json.writeStringProperty("source", AddressText.of(source)));
    json.writeStringProperty("destination", AddressText.of(path.destination()));
    path.service().ifPresent(service -> json.writeStringProperty("service", service));
    path.backend()
        .ifPresent(backend -> json.writeStringProperty("backend", AddressText.of(backend)));
    number("pid", path.pid(), json);
    number("bytes_sent", figures.sent(), json);
    number("bytes_received", figures.received(), json);
    number("rtt_us", figures.roundTripMicros(), json);
    json.writeNumberProperty("duration_us", figures.micros());
    if (!flow.reason().isEmpty()) {
      json.writeStringProperty("reason", flow.reason());
    }
    json.writeEndObject();
  }

  /** Writes an object that says what is missing. */
  public static void writeLost(String what, long count, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("lost", count);
    json.writeStringProperty("what", what);
    json.writeEndObject();
  }

  private static void number(String name, OptionalLong value, JsonGenerator json) {
    value.ifPresent(number -> json.writeNumberProperty(name, number));
  }
}
