// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import java.util.List;

/** A connection was not described well enough to be explained; all that is wrong at once. */
public final class UnclearQuestionException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String[] problems;

  UnclearQuestionException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = problems.toArray(String[]::new);
  }

  /** One line each; at least one. */
  public List<String> problems() {
    return List.of(problems);
  }
}
