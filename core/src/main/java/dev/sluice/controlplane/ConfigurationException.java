// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.List;
import java.util.stream.Collectors;

/** Configuration that was refused, with everything that is wrong with it. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  ConfigurationException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** All problems, sorted by file, line and column; never empty. */
  public List<Problem> problems() {
    return problems;
  }
}
