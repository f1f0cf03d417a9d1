// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** Options that no program can be made from. Carries every problem, not the first one only. */
public final class InvalidRuleOptionsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String[] problems;

  /** With one line for each problem. */
  public InvalidRuleOptionsException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = problems.toArray(String[]::new);
  }

  /** One line each; at least one. */
  public List<String> problems() {
    return List.of(problems);
  }
}
