// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.install.Verification;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * What {@code sluice init --verify} found, for other programs: the form is described in
 * docs/rules.md, and fields are only ever added. Pure.
 */
final class VerificationJson {
  private VerificationJson() {}

  static void write(Verification found, RuleProgram program, JsonGenerator json) {
    json.writeStartObject();
    json.writeBooleanProperty("same", found.succeeded());
    strings(
        "families", program.families().stream().map(part -> part.family().label()).toList(), json);
    strings("difference", found.difference(), json);
    strings("remarks", found.remarks(), json);
    json.writeEndObject();
  }

  private static void strings(String name, List<String> values, JsonGenerator json) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }
}
