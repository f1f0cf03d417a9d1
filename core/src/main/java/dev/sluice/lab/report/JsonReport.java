// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.lab.party.LatencySample;
import dev.sluice.lab.scenario.Claim;
import dev.sluice.lab.scenario.Latency;
import dev.sluice.lab.scenario.ScenarioResult;
import dev.sluice.lab.scenario.Traced;
import java.io.StringWriter;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One JSON object: {@code scenarios} with {@code name}, {@code family}, {@code passed} and {@code
 * claims}, and {@code trace} with the path of one more connection; {@code passed} and {@code
 * failed} count scenarios, and where some were not run, {@code not_run} those. Pure.
 */
public final class JsonReport {
  private JsonReport() {}

  /** The object, on one line. */
  public static String of(List<ScenarioResult> results) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeArrayPropertyStart("scenarios");
      results.forEach(result -> scenario(json, result));
      json.writeEndArray();
      long passed = results.stream().filter(ScenarioResult::passed).count();
      json.writeNumberProperty("passed", passed);
      long failed = results.stream().filter(ScenarioResult::failed).count();
      json.writeNumberProperty("failed", failed);
      if (results.size() > passed + failed) {
        json.writeNumberProperty("not_run", results.size() - passed - failed);
      }
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void scenario(JsonGenerator json, ScenarioResult result) {
    json.writeStartObject();
    json.writeStringProperty("name", result.scenario().name());
    json.writeStringProperty("family", result.family().text());
    json.writeBooleanProperty("passed", result.passed());
    result.notRun().ifPresent(reason -> json.writeStringProperty("not_run", reason));
    json.writeArrayPropertyStart("claims");
    result.claims().forEach(claim -> claim(json, claim));
    json.writeEndArray();
    json.writeObjectPropertyStart("rules");
    result.countedRules().forEach(json::writeNumberProperty);
    json.writeEndObject();
    if (result.notRun().isEmpty()) {
      traced(json, result.sightings().traced());
    }
    result.latency().ifPresent(latency -> latency(json, latency));
    json.writeEndObject();
  }

  private static void traced(JsonGenerator json, Traced traced) {
    json.writeObjectPropertyStart("trace");
    if (traced.hops().isEmpty()) {
      json.writeStringProperty("why_not", traced.why());
    } else {
      json.writeNumberProperty("hops", traced.hops().size());
      json.writeNumberProperty("not_observed", TraceLine.notObserved(traced.hops()));
      json.writeStringProperty("path", TraceLine.chain(traced.hops()));
    }
    json.writeEndObject();
  }

  private static void claim(JsonGenerator json, Claim claim) {
    json.writeStartObject();
    json.writeStringProperty("claim", claim.text());
    json.writeStringProperty("expected", claim.expected());
    json.writeStringProperty("observed", claim.observed());
    json.writeBooleanProperty("passed", claim.passed());
    json.writeStringProperty("source", claim.source());
    json.writeEndObject();
  }

  private static void latency(JsonGenerator json, Latency latency) {
    json.writeObjectPropertyStart("latency");
    json.writeNumberProperty("samples", latency.direct().size());
    if (!latency.intercepted().isEmpty()) {
      samples(json, "intercepted", latency.intercepted());
    }
    samples(json, "direct", latency.direct());
    json.writeEndObject();
  }

  private static void samples(JsonGenerator json, String name, List<LatencySample> samples) {
    json.writeObjectPropertyStart(name);
    summary(json, "connect", Latency.connect(samples));
    summary(json, "round_trip", Latency.roundTrip(samples));
    json.writeEndObject();
  }

  private static void summary(JsonGenerator json, String name, Latency.Summary summary) {
    json.writeObjectPropertyStart(name);
    json.writeNumberProperty("median_ns", summary.medianNanos());
    json.writeNumberProperty("p99_ns", summary.p99Nanos());
    json.writeEndObject();
  }
}
