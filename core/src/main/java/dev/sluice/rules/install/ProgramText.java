// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.process.Command;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.iptables.RestoreScript;
import dev.sluice.rules.routing.RoutingItem;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A whole program as a person may read it or paste it: what the backend feeds to iptables-restore
 * in a namespace that holds nothing of ours yet, and the commands that it runs. Pure.
 */
public final class ProgramText {
  private ProgramText() {}

  /** Ends with a line feed. */
  public static String of(RuleProgram program) {
    StringBuilder text = new StringBuilder();
    each(
        program,
        text,
        part ->
            part.routing().stream()
                .map(entry -> commandLine(RoutingItem.of(entry).adding(part.family())))
                .toList());
    each(
        program,
        text,
        part ->
            List.of(
                "# " + part.family().program() + "-restore --noflush -w",
                RestoreScript.compose(Map.of(), IptablesBackend.statesOf(part), true)
                    .stripTrailing()));
    return text.toString();
  }

  private static void each(
      RuleProgram program, StringBuilder text, Function<FamilyProgram, List<String>> lines) {
    program.families().forEach(part -> lines.apply(part).forEach(l -> text.append(l).append('\n')));
  }

  private static String commandLine(List<String> words) {
    return Command.of(words.toArray(String[]::new)).commandLine();
  }
}
