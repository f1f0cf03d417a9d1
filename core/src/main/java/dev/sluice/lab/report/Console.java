// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.lab.scenario.Claim;
import dev.sluice.lab.scenario.Progress;
import dev.sluice.lab.scenario.Scenario;
import dev.sluice.lab.scenario.ScenarioResult;
import java.io.PrintStream;

/**
 * Progress for people, on standard error: one line that changes while a scenario runs, and one line
 * that stays for each result. Not on a terminal: only the lines that stay. Confined to one thread.
 */
public final class Console implements Progress {
  private static final String CLEAR_LINE = "\r\u001b[2K";

  private final PrintStream out;
  private final boolean terminal;
  private String heading = "";

  /** {@code terminal} says whether lines may be written over. */
  public Console(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void begins(Scenario scenario, int number, int of) {
    heading = "[%2d/%d] %s".formatted(number, of, scenario.name());
    if (!terminal) {
      out.println(heading + ": " + scenario.title());
    }
  }

  @Override
  public void doing(String what) {
    if (terminal) {
      out.print(CLEAR_LINE + heading + " … " + what);
      out.flush();
    }
  }

  @Override
  public void ended(ScenarioResult result) {
    String line =
        "%s  %-18s %s  %s"
            .formatted(
                mark(result),
                result.scenario().name(),
                result.family().text(),
                result.notRun().orElseGet(() -> held(result)));
    out.println((terminal ? CLEAR_LINE : "        ") + line);
    result.claims().stream()
        .filter(claim -> !claim.passed())
        .forEach(
            claim ->
                out.println(
                    "        %s: expected %s, observed %s (%s)"
                        .formatted(
                            claim.text(), claim.expected(), claim.observed(), claim.source())));
  }

  private static String held(ScenarioResult result) {
    long held = result.claims().stream().filter(Claim::passed).count();
    return "%d of %d claims hold".formatted(held, result.claims().size());
  }

  /** A line that stays. */
  public void say(String line) {
    out.println((terminal ? CLEAR_LINE : "") + line);
  }

  private String mark(ScenarioResult result) {
    String colour = result.passed() ? "\u001b[32m" : "\u001b[31;1m";
    return terminal ? colour + result.verdict() + "\u001b[0m" : result.verdict();
  }
}
