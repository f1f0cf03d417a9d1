// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The way back from a change of several steps. Single-threaded. */
public final class UndoStack {
  private final Deque<Undo> steps = new ArrayDeque<>();

  /** How to take back the step that was just made. */
  public void push(Undo undo) {
    steps.push(undo);
  }

  /** Whether no step was made. */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /**
   * Takes back all steps, the last one first, also those after one that can't be taken back.
   *
   * @return what {@code failure} becomes: it also says what could not be put back
   */
  public RulesException takeBack(RulesException failure) {
    List<String> complaints = new ArrayList<>(failure.notPutBack());
    while (!steps.isEmpty()) {
      try {
        steps.pop().run();
      } catch (RulesException e) {
        complaints.add(String.valueOf(e.getMessage()));
      }
    }
    return complaints.isEmpty() ? failure : failure.with(complaints);
  }

  /** All of it as one step. */
  public void takeBack() throws RulesException {
    RulesException none = new RulesException("putting back what was before");
    List<String> complaints = takeBack(none).notPutBack();
    if (!complaints.isEmpty()) {
      throw new RulesException(String.join("; ", complaints));
    }
  }
}
