// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import java.util.List;

/** An explanation as a person reads it: a line for each rule that was looked at. Pure. */
public final class ExplanationText {
  private static final String GAP = "  ";

  private ExplanationText() {}

  /** Ends with a line feed. Columns are as wide as their longest cell. */
  public static String of(Explanation explanation) {
    StringBuilder text = new StringBuilder();
    text.append(Words.of(explanation.connection())).append("\n\n");
    append(text, explanation.steps());
    text.append('\n').append(Words.of(explanation.verdict())).append('\n');
    if (!explanation.answer().isEmpty()) {
      text.append("\nits answer:\n\n");
      append(text, explanation.answer());
      text.append('\n')
          .append(
              explanation.answered()
                  ? "the answer gets back to the client"
                  : "the answer does not get back to the client")
          .append('\n');
    }
    return text.toString();
  }

  private static void append(StringBuilder text, List<Step> steps) {
    List<List<String>> rows = steps.stream().map(ExplanationText::row).toList();
    int[] widths = widths(rows);
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder(GAP);
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i));
        if (i < row.size() - 1) {
          line.repeat(" ", widths[i] - row.get(i).length()).append(GAP);
        }
      }
      text.append(line).append('\n');
    }
  }

  /** Several cells for a rule; one, which counts for no column, for anything else. */
  private static List<String> row(Step step) {
    return switch (step) {
      case Step.Noted(String what) -> List.of(what);
      case Step.Asked asked ->
          List.of(
              asked.hook() + " " + asked.table().spelling(),
              asked.chain() + " " + asked.number(),
              asked
                  .refusal()
                  .map(refusal -> "no: needs " + Words.of(refusal))
                  .orElseGet(() -> "yes: " + Words.all(asked.rule().matches())),
              asked.applies() ? Words.of(asked.rule().target()) : "-",
              asked.rule().why());
    };
  }

  private static int[] widths(List<List<String>> rows) {
    int[] widths = new int[5];
    for (List<String> row : rows) {
      for (int i = 0; row.size() > 1 && i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return widths;
  }
}
