// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.util.List;

/** Options that nothing can be captured by. Carries every problem, not the first one only. */
public final class InvalidCaptureOptionsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String[] problems;

  InvalidCaptureOptionsException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = problems.toArray(String[]::new);
  }

  /** One line each; at least one. */
  public List<String> problems() {
    return List.of(problems);
  }
}
