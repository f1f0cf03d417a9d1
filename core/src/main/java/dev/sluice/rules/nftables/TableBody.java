// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Family;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.TableProgram;
import java.util.ArrayList;
import java.util.List;

/**
 * A table that is to be, in the language of nft(8). Immutable.
 *
 * @param text a block {@code table … { … }}; ends with a line feed
 */
record TableBody(TableName name, TableShape shape, String text) {
  /** All tables of a program, those of the guard too. */
  static List<TableBody> of(RuleProgram program) {
    return program.families().stream()
        .flatMap(part -> part.tables().stream().map(table -> of(part.family(), table)))
        .toList();
  }

  private static TableBody of(Family family, TableProgram program) {
    TableName name = TableName.of(family, program.table());
    List<String> lines = new ArrayList<>();
    lines.add("table " + name + " {");
    for (Hook hook : Hook.values()) {
      List<Rule> rules = program.entriesOf(hook);
      if (!rules.isEmpty()) {
        lines.add("  chain " + hook + " {");
        lines.add("    " + BaseChain.of(program.table(), hook));
        close(lines, rules, family);
      }
    }
    for (Chain chain : program.chains()) {
      lines.add("  chain " + chain.name() + " {");
      close(lines, chain.rules(), family);
    }
    lines.add("}\n");
    return new TableBody(name, TableShape.of(program), String.join("\n", lines));
  }

  private static void close(List<String> lines, List<Rule> rules, Family family) {
    for (Rule rule : rules) {
      RuleText.of(rule, family).forEach(line -> lines.add("    " + line));
    }
    lines.add("  }");
  }
}
