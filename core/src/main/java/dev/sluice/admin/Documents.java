// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.config.ConfigurationStatus;
import dev.sluice.model.AuthorizationPolicy;
import dev.sluice.model.Endpoint;
import dev.sluice.model.IpFamily;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.Service;
import dev.sluice.model.ServiceFrontend;
import dev.sluice.net.AddressText;
import dev.sluice.telemetry.ConnectionView;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What is answered, as JSON. Not loaded before the first question. */
final class Documents {
  private Documents() {}

  /** One object, ended by a line feed. */
  static String of(Consumer<JsonGenerator> fields) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      fields.accept(json);
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }

  static String configuration(ProxyView proxy) {
    return of(
        json -> {
          json.writeStringProperty("version", proxy.version());
          json.writeStringProperty("interception_mode", proxy.settings().mode().name());
          json.writeStringProperty(
              "outbound_interception_mode", proxy.settings().outboundMode().name());
          json.writeNumberProperty("max_connections", proxy.settings().limits().connections());
          json.writeStringProperty(
              "connect_timeout", proxy.settings().limits().connectTimeout().toString());
          json.writeStringProperty(
              "idle_timeout", proxy.settings().limits().idleTimeout().toString());
          status(json, proxy.configuration());
          objects(json, proxy.snapshot());
        });
  }

  private static void status(JsonGenerator json, ConfigurationStatus status) {
    json.writeObjectPropertyStart("configuration");
    json.writeNumberProperty("version", status.version());
    json.writeStringProperty("in_force_since", time(status.inForceSinceMicros()));
    json.writeNumberProperty("rejected", status.rejected());
    json.writeArrayPropertyStart("problems");
    status.problems().forEach(json::writeString);
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void objects(JsonGenerator json, MeshSnapshot snapshot) {
    json.writeArrayPropertyStart("services");
    for (Service service : snapshot.services()) {
      json.writeStartObject();
      json.writeStringProperty("name", service.name().toString());
      json.writeArrayPropertyStart("cluster_ips");
      service.clusterIps().forEach(ip -> json.writeString(AddressText.of(ip)));
      json.writeEndArray();
      json.writeArrayPropertyStart("ports");
      service.ports().forEach(port -> json.writeString(port.port() + "/" + port.protocol()));
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("policies");
    for (AuthorizationPolicy policy : snapshot.policies()) {
      json.writeStartObject();
      json.writeStringProperty("name", policy.name().toString());
      json.writeStringProperty("action", policy.action().name());
      json.writeArrayPropertyStart("targets");
      policy.targets().forEach(target -> json.writeString(target.toString()));
      json.writeEndArray();
      json.writeNumberProperty("rules", policy.rules().size());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static String clusters(MeshSnapshot snapshot) {
    return of(
        json -> {
          json.writeArrayPropertyStart("clusters");
          for (ServiceFrontend frontend : snapshot.frontends()) {
            json.writeStartObject();
            json.writeStringProperty("service", frontend.service().name().toString());
            json.writeNumberProperty("port", frontend.port().port());
            json.writeStringProperty("protocol", frontend.port().protocol().name());
            json.writeArrayPropertyStart("endpoints");
            for (IpFamily family : IpFamily.values()) {
              frontend.selectable(family).forEach(endpoint -> endpoint(json, endpoint));
              frontend.unselectable(family).forEach(endpoint -> endpoint(json, endpoint));
            }
            json.writeEndArray();
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void endpoint(JsonGenerator json, Endpoint endpoint) {
    json.writeStartObject();
    json.writeStringProperty("address", AddressText.of(endpoint.address()));
    json.writeStringProperty("state", endpoint.state().name().toLowerCase(Locale.ROOT));
    json.writeEndObject();
  }

  static String listeners(ProxyView proxy) {
    return of(
        json -> {
          json.writeArrayPropertyStart("listeners");
          proxy
              .listeners()
              .forEach(
                  (address, purpose) -> {
                    json.writeStartObject();
                    json.writeStringProperty("address", address);
                    json.writeStringProperty("purpose", purpose);
                    json.writeEndObject();
                  });
          json.writeEndArray();
        });
  }

  static String connections(List<ConnectionView> connections, int open) {
    return of(
        json -> {
          json.writeNumberProperty("open", open);
          json.writeArrayPropertyStart("connections");
          connections.forEach(connection -> connection(json, connection));
          json.writeEndArray();
        });
  }

  private static void connection(JsonGenerator json, ConnectionView view) {
    var origin = view.origin();
    var leg = view.upstream();
    json.writeStartObject();
    json.writeNumberProperty("id", origin.id());
    if (!view.pod().isEmpty()) {
      json.writeStringProperty("pod", view.pod());
    }
    json.writeStringProperty("direction", origin.direction().toString());
    json.writeStringProperty("accepted", time(origin.acceptedAtMicros()));
    json.writeStringProperty("source", origin.client().toString());
    if (origin.originalDestination() != null) {
      json.writeStringProperty("original_destination", origin.originalDestination().toString());
    }
    if (leg != null) {
      json.writeStringProperty("upstream", leg.endpoint().toString());
    }
    json.writeNumberProperty("bytes_received", view.traffic().bytesReceived());
    json.writeNumberProperty("bytes_sent", view.traffic().bytesSent());
    json.writeNumberProperty("duration_us", view.traffic().durationNanos() / 1_000);
    json.writeEndObject();
  }

  private static String time(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
  }
}
