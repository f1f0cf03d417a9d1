// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.exceptions.Mark;

/** Collects the problems of one load, so that all of them are told at once. */
final class ProblemList {
  private final List<Problem> problems = new ArrayList<>();

  void add(String file, Mark mark, String message) {
    problems.add(new Problem(file, mark.getLine() + 1, mark.getColumn() + 1, message));
  }

  void add(Problem problem) {
    problems.add(problem);
  }

  int count() {
    return problems.size();
  }

  void throwIfAny() throws ConfigurationException {
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems.stream().sorted().distinct().toList());
    }
  }
}
