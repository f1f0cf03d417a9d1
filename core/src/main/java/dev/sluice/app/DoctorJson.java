// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.doctor.Ability;
import dev.sluice.doctor.AttachedProgram;
import dev.sluice.doctor.Facts;
import dev.sluice.doctor.FeatureFacts;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Findings;
import dev.sluice.doctor.HookFacts;
import dev.sluice.doctor.MeshRules;
import dev.sluice.doctor.RuleFacts;
import dev.sluice.doctor.Sight;
import dev.sluice.net.AddressText;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;

/** What the doctor found, for programs; docs/doctor.md has the form, and fields are only added. */
final class DoctorJson {
  private DoctorJson() {}

  static void write(Facts facts, List<Finding> findings, JsonGenerator json) {
    json.writeStartObject();
    json.writeBooleanProperty("healthy", findings.isEmpty());
    json.writeStringProperty("verdict", Findings.verdict(facts, findings));
    json.writeArrayPropertyStart("findings");
    findings.forEach(finding -> write(finding, json));
    json.writeEndArray();
    json.writeObjectPropertyStart("modes");
    for (Ability ability : facts.abilities()) {
      json.writeObjectPropertyStart(ability.mode().word());
      json.writeBooleanProperty("possible", ability.isThere());
      json.writeBooleanProperty("used", facts.used().contains(ability.mode()));
      json.writeStringProperty("reason", ability.reason());
      json.writeEndObject();
    }
    json.writeEndObject();
    namespace(facts, json);
    cgroups(facts, json);
    json.writeArrayPropertyStart("live");
    facts.proof().forEach(sight -> write(sight, json));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(Finding finding, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("fault", finding.fault().word());
    json.writeStringProperty("what", finding.what());
    json.writeStringProperty("follows", finding.follows());
    switch (finding.fix()) {
      case Finding.Fix.Run(String command) -> json.writeStringProperty("fix", command);
      case Finding.Fix.Ask(String words) -> json.writeStringProperty("to_do", words);
    }
    json.writeEndObject();
  }

  private static void namespace(Facts facts, JsonGenerator json) {
    json.writeObjectPropertyStart("namespace");
    json.writeNumberProperty("inode", facts.namespace().inode());
    json.writeArrayPropertyStart("rules");
    facts.namespace().rules().stream().map(RuleFacts::text).forEach(json::writeString);
    json.writeEndArray();
    json.writeArrayPropertyStart("other_meshes");
    for (MeshRules mesh : facts.namespace().others()) {
      json.writeStartObject();
      json.writeStringProperty("mesh", mesh.mesh());
      json.writeStringProperty("program", mesh.program());
      strings("chains", mesh.chains(), json);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectPropertyStart("settings");
    new TreeMap<>(facts.namespace().settings()).forEach(json::writeStringProperty);
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void cgroups(Facts facts, JsonGenerator json) {
    json.writeObjectPropertyStart("cgroup");
    json.writeStringProperty("path", facts.cgroups().at().map(Path::toString).orElse(""));
    json.writeStringProperty(
        "bpf_fs", facts.cgroups().bpfFileSystem().map(Path::toString).orElse(""));
    json.writeArrayPropertyStart("features");
    for (FeatureFacts feature : facts.cgroups().features()) {
      json.writeStartObject();
      json.writeStringProperty("feature", feature.status().feature().word());
      json.writeStringProperty("cgroup", feature.status().where());
      json.writeBooleanProperty("whole", feature.status().isWhole());
      json.writeBooleanProperty("on_path", feature.onPath());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("hooks");
    for (HookFacts hook : facts.cgroups().hooks()) {
      json.writeStartObject();
      json.writeStringProperty("hook", hook.hook());
      json.writeStringProperty("cgroup", hook.cgroup().toString());
      json.writeStringProperty("flags", hook.sharing().text());
      programs("order", hook.order(), json);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectPropertyStart("effective");
    new TreeMap<>(facts.cgroups().effective())
        .forEach((hook, order) -> programs(hook, order, json));
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void programs(
      String property, List<AttachedProgram> programs, JsonGenerator json) {
    json.writeArrayPropertyStart(property);
    for (AttachedProgram program : programs) {
      json.writeStartObject();
      json.writeNumberProperty("id", program.id());
      json.writeStringProperty("name", program.name());
      json.writeStringProperty("owner", program.owner());
      json.writeNumberProperty("link", program.link());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void write(Sight sight, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("dialled", AddressText.of(sight.dialled()));
    json.writeStringProperty("from", sight.from());
    switch (sight.outcome()) {
      case Sight.Outcome.Seen seen -> {
        json.writeStringProperty("original_destination", AddressText.of(seen.original()));
        json.writeNumberProperty("port", seen.port());
      }
      case Sight.Outcome.Unseen(String why) -> json.writeStringProperty("unseen", why);
      case Sight.Outcome.Untried(String why) -> json.writeStringProperty("untried", why);
    }
    json.writeEndObject();
  }

  private static void strings(String property, List<String> values, JsonGenerator json) {
    json.writeArrayPropertyStart(property);
    values.forEach(json::writeString);
    json.writeEndArray();
  }
}
