// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.OriginalDestination;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.RecentConnections;
import dev.sluice.telemetry.RecentConnections.Count;
import dev.sluice.telemetry.RecentConnections.Numbered;
import dev.sluice.telemetry.Traffic;
import dev.sluice.telemetry.UpstreamLeg;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * What the live page asks for again and again: no more rows than a person can look at, and how many
 * there are. Pure.
 *
 * @param names of addresses
 * @param after the number of the last ended connection that the page has
 */
record LiveDocument(ProxyView proxy, MeshNames names, long after) {
  /** Open connections in one answer. */
  static final int MOST_OPEN = 200;

  /** Lines of the map in one answer. */
  static final int MOST_PAIRS = 200;

  /** What the map shows as one line. */
  private record Line(String from, String to, String mode, String direction) {}

  private record Sum(long ended, long denied, long failed) {
    Sum plus(Count count) {
      return new Sum(ended + count.ended(), denied + count.denied(), failed + count.failed());
    }
  }

  String text(List<ConnectionView> open) {
    return Documents.of(
        json -> {
          json.writeStringProperty("version", proxy.version());
          json.writeStringProperty("mode", word(proxy.settings().mode().name()));
          json.writeStringProperty("ready", proxy.unreadiness().orElse("ready"));
          json.writeNumberProperty("open_total", proxy.openConnections());
          json.writeArrayPropertyStart("open");
          open.forEach(view -> open(json, view));
          json.writeEndArray();
          if (proxy.recent().isPresent()) {
            recent(json, proxy.recent().get());
          }
        });
  }

  private void recent(JsonGenerator json, RecentConnections recent) {
    recent.look();
    // Of another process, which had more: begin again.
    long from = after > recent.ended() ? 0 : after;
    RecentConnections.Since since = recent.since(from);
    json.writeNumberProperty("begun_us", recent.begunMicros());
    json.writeNumberProperty("ended_last", since.last());
    json.writeNumberProperty("ended_since", since.last() - from);
    json.writeArrayPropertyStart("ended");
    since.connections().forEach(one -> ended(json, one));
    json.writeEndArray();
    map(json, recent);
  }

  private void map(JsonGenerator json, RecentConnections recent) {
    Map<Line, Sum> lines = new HashMap<>();
    for (Count count : recent.counts()) {
      OriginalDestination destination = count.pair().destination();
      Line line =
          new Line(
              names.of(count.pair().client()),
              names.of(destination == null ? null : destination.socketAddress()),
              word(count.pair().mode().name()),
              count.pair().direction().toString());
      lines.merge(line, new Sum(0, 0, 0).plus(count), (sum, _) -> sum.plus(count));
    }
    json.writeNumberProperty("map_total", lines.size());
    json.writeNumberProperty("map_uncounted", recent.uncounted());
    json.writeArrayPropertyStart("map");
    lines.entrySet().stream()
        .sorted(Comparator.comparingLong(entry -> -entry.getValue().ended()))
        .limit(MOST_PAIRS)
        .forEach(entry -> line(json, entry.getKey(), entry.getValue()));
    json.writeEndArray();
  }

  private static void line(JsonGenerator json, Line line, Sum sum) {
    json.writeStartObject();
    json.writeStringProperty("from", line.from());
    json.writeStringProperty("to", line.to());
    json.writeStringProperty("mode", line.mode());
    json.writeStringProperty("direction", line.direction());
    json.writeNumberProperty("ended", sum.ended());
    json.writeNumberProperty("denied", sum.denied());
    json.writeNumberProperty("failed", sum.failed());
    json.writeEndObject();
  }

  private void open(JsonGenerator json, ConnectionView view) {
    json.writeStartObject();
    common(json, view.origin(), view.upstream(), view.traffic());
    json.writeStringProperty("state", "open");
    json.writeStringProperty("outcome", "open");
    json.writeEndObject();
  }

  private void ended(JsonGenerator json, Numbered one) {
    ConnectionRecord connection = one.connection();
    json.writeStartObject();
    json.writeNumberProperty("number", one.number());
    common(json, connection.origin(), connection.upstream(), connection.traffic());
    json.writeStringProperty("state", state(connection.outcome()));
    json.writeStringProperty("outcome", connection.outcome().label());
    json.writeStringProperty("detail", connection.detail());
    json.writeEndObject();
  }

  private static String state(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Closed _ -> "closed";
      case Outcome.Failed failed ->
          failed.kind() == FailureKind.POLICY_DENIED ? "denied" : "failed";
    };
  }

  private void common(
      JsonGenerator json, ConnectionOrigin origin, @Nullable UpstreamLeg leg, Traffic traffic) {
    OriginalDestination destination = origin.originalDestination();
    json.writeNumberProperty("id", origin.id());
    json.writeNumberProperty("accepted_us", origin.acceptedAtMicros());
    json.writeStringProperty("direction", origin.direction().toString());
    json.writeStringProperty("mode", word(origin.mode().name()));
    json.writeStringProperty("source", origin.client().toString());
    json.writeStringProperty("destination", destination == null ? "-" : destination.toString());
    json.writeStringProperty(
        "service", names.of(destination == null ? null : destination.socketAddress()));
    json.writeStringProperty("upstream", leg == null ? "-" : leg.endpoint().toString());
    json.writeNumberProperty("received", traffic.bytesReceived());
    json.writeNumberProperty("sent", traffic.bytesSent());
    json.writeNumberProperty("duration_us", traffic.durationNanos() / 1_000);
  }

  private static String word(String constant) {
    return constant.toLowerCase(Locale.ROOT);
  }
}
