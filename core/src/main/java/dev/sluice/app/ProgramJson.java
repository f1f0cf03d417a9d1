// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.Entry;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.iptables.IptablesText;
import dev.sluice.rules.routing.RoutingItem;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * A program as JSON, for other programs: the form is described in docs/rules.md, and fields are
 * only ever added. Pure.
 */
final class ProgramJson {
  private ProgramJson() {}

  static void write(RuleProgram program, JsonGenerator json) {
    json.writeStartObject();
    json.writeArrayPropertyStart("families");
    program.families().forEach(part -> family(part, json));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void family(FamilyProgram part, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("family", part.family().label());
    json.writeArrayPropertyStart("routing");
    part.routing()
        .forEach(
            entry ->
                json.writeString(String.join(" ", RoutingItem.of(entry).adding(part.family()))));
    json.writeEndArray();
    json.writeArrayPropertyStart("tables");
    part.tables().forEach(table -> table(table, json));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void table(TableProgram table, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("table", table.table().spelling());
    json.writeArrayPropertyStart("chains");
    table.entries().stream()
        .map(Entry::hook)
        .distinct()
        .forEach(
            hook ->
                chain(
                    hook.name(),
                    table.entries().stream()
                        .filter(entry -> entry.hook() == hook)
                        .map(Entry::rule)
                        .toList(),
                    json));
    table.chains().forEach(chain -> chain(chain.name(), chain.rules(), json));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void chain(String name, List<Rule> rules, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("chain", name);
    json.writeArrayPropertyStart("rules");
    for (Rule rule : rules) {
      json.writeStartObject();
      json.writeStringProperty("rule", IptablesText.rule(rule));
      json.writeStringProperty("why", rule.why());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
