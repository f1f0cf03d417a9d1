// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.net.AddressText;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JsonGenerator;

/** Hops as JSON: one array, one object a hop. Stateless. */
public final class TraceJson {
  private TraceJson() {}

  /** Writes the array. */
  public static void write(List<Hop> hops, JsonGenerator json) {
    json.writeStartArray();
    for (Hop hop : hops) {
      json.writeStartObject();
      what(hop.what(), json);
      json.writeStringProperty("evidence", hop.sighting().evidence().word());
      json.writeStringProperty("source", hop.sighting().source());
      json.writeNumberProperty("monotonic_ns", hop.sighting().nanos());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void what(What what, JsonGenerator json) {
    switch (what) {
      case What.Dialled it -> {
        begin("connect", it.place(), json);
        it.cgroup().ifPresent(path -> json.writeStringProperty("cgroup", path.toString()));
        json.writeStringProperty("destination", AddressText.of(it.destination()));
      }
      case What.AppDialled it -> {
        begin("connect", it.place(), json);
        json.writeStringProperty("protocol", it.protocol());
        json.writeStringProperty("destination", AddressText.of(it.destination()));
        holder(Optional.of(it.caller()), json);
      }
      case What.SocketEnds it -> {
        json.writeStringProperty("hop", "socket");
        json.writeStringProperty("local", AddressText.of(it.local()));
        json.writeStringProperty("peer", AddressText.of(it.peer()));
      }
      case What.Ended it -> {
        json.writeStringProperty("hop", "end");
        number("bytes_sent", it.sent(), json);
        number("bytes_received", it.received(), json);
        number("rtt_us", it.roundTripMicros(), json);
      }
      case What.Lost it -> {
        json.writeStringProperty("hop", "lost");
        json.writeNumberProperty("lost", it.count());
        json.writeStringProperty("what", it.what());
      }
      case What.Sent it -> {
        begin("send", it.place(), json);
        it.cgroup().ifPresent(path -> json.writeStringProperty("cgroup", path.toString()));
        json.writeStringProperty("destination", AddressText.of(it.destination()));
      }
      case What.Answered it -> {
        json.writeStringProperty("hop", "answer");
        json.writeStringProperty("from", AddressText.of(it.from()));
        json.writeBooleanProperty("dialled", it.dialled());
      }
      case What.BoundThere it -> {
        begin("bound", it.place(), json);
        json.writeStringProperty("local", AddressText.of(it.local()));
        holder(it.holder(), json);
      }
      case What.Hooked it -> {
        json.writeStringProperty("hop", "program");
        json.writeStringProperty("hook", it.hook());
        json.writeStringProperty("program", String.join(", ", it.programs()));
        json.writeStringProperty("before_destination", AddressText.of(it.before()));
        json.writeStringProperty("after_destination", AddressText.of(it.after()));
        it.refused().ifPresent(error -> json.writeStringProperty("refused", error));
      }
      case What.Shown it -> {
        json.writeStringProperty("hop", "name-program");
        json.writeStringProperty("hook", it.hook());
        json.writeStringProperty("program", String.join(", ", it.programs()));
        json.writeStringProperty("before_address", AddressText.of(it.before()));
        json.writeStringProperty("after_address", AddressText.of(it.after()));
      }
      case What.Ran it -> {
        json.writeStringProperty("hop", "program-runs");
        it.place().ifPresent(place -> json.writeStringProperty("netns", place.name()));
        json.writeStringProperty("hook", it.hook());
        json.writeNumberProperty("order", it.order());
        json.writeStringProperty("program", it.program());
        json.writeNumberProperty("program_id", it.id());
        json.writeStringProperty("owner", it.owner());
        json.writeNumberProperty("runs", it.runs());
      }
      case What.Routed it -> {
        json.writeStringProperty("hop", "route");
        it.place().ifPresent(place -> json.writeStringProperty("netns", place.name()));
        flow("", it.flow(), json);
        json.writeStringProperty("table", it.table());
        json.writeNumberProperty("mark", it.mark());
        json.writeStringProperty("device", it.device());
        it.gateway().ifPresent(next -> json.writeStringProperty("gateway", AddressText.of(next)));
        json.writeStringProperty("result", it.result());
      }
      case What.ClientSockets it -> {
        json.writeStringProperty("hop", "client");
        json.writeStringProperty("local", AddressText.of(it.local()));
        json.writeStringProperty("peer", AddressText.of(it.peer()));
      }
      case What.Packet it -> {
        begin("packet", it.place(), json);
        json.writeStringProperty("hook", it.hook());
        json.writeStringProperty("point", it.point().text());
        flow("", it.flow(), json);
      }
      case What.Rule it -> {
        chain("rule", it.chain(), json);
        it.handle().ifPresent(handle -> json.writeNumberProperty("handle", handle));
        json.writeStringProperty("verdict", it.verdict());
        json.writeStringProperty("rule", it.text());
      }
      case What.Counted it -> {
        chain("legacy-rule", it.chain(), json);
        json.writeNumberProperty("number", it.number());
        json.writeStringProperty("rule", it.text());
        json.writeNumberProperty("packets", it.packets());
      }
      case What.ChainEnd it -> {
        chain(it.policy() ? "policy" : "chain-end", it.chain(), json);
        json.writeStringProperty("verdict", it.verdict());
      }
      case What.Translated it -> {
        begin("nat", it.place(), json);
        flow("before_", it.before(), json);
        flow("after_", it.after(), json);
      }
      case What.Accepted it -> {
        begin("accept", it.place(), json);
        json.writeStringProperty("local", AddressText.of(it.local()));
        json.writeStringProperty("peer", AddressText.of(it.peer()));
        holder(it.holder(), json);
      }
      case What.Decided it -> decided(it, json);
      case What.UpstreamDialled it -> {
        json.writeStringProperty("hop", "upstream");
        json.writeStringProperty("local", it.source());
        json.writeStringProperty("destination", it.destination());
        holder(it.holder(), json);
      }
      case What.ServerSaw it -> {
        begin("server", it.place(), json);
        json.writeStringProperty("local", AddressText.of(it.local()));
        json.writeStringProperty("peer", AddressText.of(it.peer()));
        holder(it.holder(), json);
      }
      case What.Outcome it -> {
        json.writeStringProperty("hop", "connected");
        json.writeBooleanProperty("connected", it.connected());
        json.writeStringProperty("outcome", it.text());
      }
      case What.Unknown it -> {
        json.writeStringProperty("hop", "unknown");
        json.writeStringProperty("subject", it.subject());
        json.writeStringProperty("why", it.why());
      }
    }
  }

  private static void decided(What.Decided it, JsonGenerator json) {
    json.writeStringProperty("hop", "decision");
    json.writeStringProperty("direction", it.direction());
    json.writeStringProperty("mode", it.mode());
    json.writeStringProperty("client", it.source());
    json.writeStringProperty("original_destination", it.originalDestination());
    json.writeStringProperty("path", it.path());
    json.writeStringProperty("reason", it.reason());
    json.writeStringProperty("outcome", it.outcome());
    json.writeStringProperty("detail", it.detail());
    holder(it.holder(), json);
  }

  private static void begin(String hop, Place place, JsonGenerator json) {
    json.writeStringProperty("hop", hop);
    json.writeStringProperty("netns", place.name());
  }

  private static void chain(String hop, What.Chain chain, JsonGenerator json) {
    begin(hop, chain.place(), json);
    json.writeStringProperty("family", chain.family());
    json.writeStringProperty("table", chain.table());
    json.writeStringProperty("chain", chain.name());
  }

  private static void flow(String prefix, Flow flow, JsonGenerator json) {
    json.writeStringProperty(prefix + "source_address", AddressText.of(flow.source()));
    json.writeStringProperty(prefix + "destination", AddressText.of(flow.destination()));
  }

  private static void number(String name, OptionalLong value, JsonGenerator json) {
    value.ifPresent(number -> json.writeNumberProperty(name, number));
  }

  private static void holder(Optional<Holder> holder, JsonGenerator json) {
    if (holder.isPresent()) {
      json.writeNumberProperty("pid", holder.get().pid());
      json.writeStringProperty("command", holder.get().command());
    }
  }
}
