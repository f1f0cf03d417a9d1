// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.json.JsonFactory;

/** A run as objects, one a line; the field {@code kind} says what a line is about. */
final class JsonLines {
  private final JsonFactory factory = new JsonFactory();
  private final List<String> lines = new ArrayList<>();

  JsonLines() {}

  /** Writes {@code outcome} to {@code file}, replacing it. */
  static void write(Path file, RunOutcome outcome) throws IOException {
    JsonLines json = new JsonLines();
    json.line("run", Map.of("machine", outcome.machine(), "quick", outcome.quick()));
    outcome.variants().forEach(variant -> json.variant(variant));
    outcome
        .missing()
        .forEach(m -> json.line("missing", Map.of("variant", m.name(), "reason", m.reason())));
    Findings findings = outcome.findings();
    findings
        .failed()
        .forEach((name, why) -> json.line("failed", Map.of("variant", name, "reason", why)));
    findings.remarks().forEach(text -> json.line("remark", Map.of("text", text)));
    findings.problems().forEach(text -> json.line("problem", Map.of("text", text)));
    json.metrics(outcome);
    json.once(findings);
    outcome.targets().forEach(json::target);
    json.writeTo(file);
  }

  /** Writes what was added, replacing the file. */
  void writeTo(Path file) throws IOException {
    Files.write(file, lines);
  }

  private void variant(Variant variant) {
    line("variant", Map.of("variant", variant.name(), "description", variant.description()));
  }

  private void metrics(RunOutcome outcome) {
    for (String variant : outcome.measured()) {
      for (Metric metric : Metric.values()) {
        Samples samples = outcome.findings().samples();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("variant", variant);
        fields.put("metric", metric.name().toLowerCase(Locale.ROOT));
        fields.put("rounds", samples.of(metric, variant));
        put(fields, "best", samples.best(metric, variant));
        put(fields, "median", samples.median(metric, variant));
        Report report = outcome.report();
        put(fields, "x_direct", report.ratio(metric, variant, Variant.DIRECT));
        put(fields, "x_haproxy", report.ratio(metric, variant, Variant.HAPROXY));
        if (fields.containsKey("median")) {
          line("metric", fields);
        }
      }
    }
  }

  private void once(Findings findings) {
    findings
        .idleRss()
        .forEach(
            (variant, figures) ->
                figures.forEach(
                    (connections, rss) ->
                        line(
                            "idle",
                            Map.of(
                                "variant", variant, "connections", connections, "rss_mib", rss))));
    findings
        .startMillis()
        .forEach((variant, ms) -> line("start", Map.of("variant", variant, "millis", ms)));
    findings
        .firstSecondP99()
        .forEach(
            (variant, p99) -> line("first_second", Map.of("variant", variant, "p99_micros", p99)));
    findings
        .copiesPss()
        .forEach((variant, pss) -> line("copies", Map.of("variant", variant, "pss_mib", pss)));
  }

  private void target(Targets.Outcome target) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("what", target.what());
    fields.put(target.atLeast() ? "at_least" : "at_most", target.bound());
    put(fields, "found", target.found());
    fields.put("verdict", target.verdict());
    line("target", fields);
  }

  private static void put(Map<String, Object> fields, String name, OptionalDouble value) {
    value.ifPresent(present -> fields.put(name, present));
  }

  /** Adds an object; what has no form of its own in JSON becomes a string. */
  void line(String kind, Map<String, Object> fields) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json =
        factory.createGenerator(tools.jackson.core.ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeStringProperty("kind", kind);
      fields.forEach(
          (name, value) -> {
            json.writeName(name);
            switch (value) {
              case Double number -> json.writeNumber(number);
              case Integer number -> json.writeNumber(number);
              case Boolean flag -> json.writeBoolean(flag);
              case double[] numbers -> json.writeArray(numbers, 0, numbers.length);
              default -> json.writeString(value.toString());
            }
          });
      json.writeEndObject();
    }
    lines.add(text.toString());
  }
}
