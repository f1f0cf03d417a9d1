// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.net.AddressText;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** An explanation for programs: one JSON object. Stateless. */
public final class ExplanationJson {
  private ExplanationJson() {}

  /** Writes the object; {@code json} stays the caller's. */
  public static void write(Explanation explanation, JsonGenerator json) {
    json.writeStartObject();
    writeConnection(explanation.connection(), json);
    writeSteps("steps", explanation.steps(), json);
    writeVerdict(explanation.verdict(), json);
    writeSteps("answer", explanation.answer(), json);
    json.writeBooleanProperty("answered", explanation.answered());
    json.writeEndObject();
  }

  private static void writeConnection(Connection connection, JsonGenerator json) {
    json.writeStringProperty("protocol", connection.protocol().name());
    json.writeStringProperty("from", AddressText.of(connection.from()));
    json.writeStringProperty("to", AddressText.of(connection.to()));
    switch (connection.origin()) {
      case Origin.Local(long user, long group, int mark) -> {
        json.writeNumberProperty("uid", user);
        json.writeNumberProperty("gid", group);
        json.writeNumberProperty("mark", Integer.toUnsignedLong(mark));
      }
      case Origin.Arriving(String name) -> json.writeStringProperty("interface", name);
    }
  }

  private static void writeSteps(String name, List<Step> steps, JsonGenerator json) {
    json.writeArrayPropertyStart(name);
    for (Step step : steps) {
      json.writeStartObject();
      switch (step) {
        case Step.Noted(String what) -> json.writeStringProperty("note", what);
        case Step.Asked asked -> writeRule(asked, json);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeRule(Step.Asked asked, JsonGenerator json) {
    json.writeStringProperty("hook", asked.hook().name());
    json.writeStringProperty("table", asked.table().spelling());
    json.writeStringProperty("chain", asked.chain());
    json.writeNumberProperty("rule", asked.number());
    json.writeBooleanProperty("applies", asked.applies());
    asked.refusal().ifPresent(match -> json.writeStringProperty("needs", Words.of(match)));
    json.writeStringProperty("action", Words.of(asked.rule().target()));
    json.writeStringProperty("why", asked.rule().why());
  }

  private static void writeVerdict(Verdict verdict, JsonGenerator json) {
    json.writeObjectPropertyStart("verdict");
    switch (verdict) {
      case Verdict.CapturedOutbound(int port) -> captured("outbound", port, json);
      case Verdict.CapturedInbound(int port) -> captured("inbound", port, json);
      case Verdict.CapturedDns(int port) -> captured("dns", port, json);
      case Verdict.CapturedElsewhere(int port) -> captured("elsewhere", port, json);
      case Verdict.Passed(Verdict.Way way) -> json.writeStringProperty("passed", Words.of(way));
      case Verdict.Dropped(String why) -> json.writeStringProperty("dropped", why);
    }
    json.writeEndObject();
  }

  private static void captured(String how, int port, JsonGenerator json) {
    json.writeStringProperty("captured", how);
    json.writeNumberProperty("port", port);
  }
}
