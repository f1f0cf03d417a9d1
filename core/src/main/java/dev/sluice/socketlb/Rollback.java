// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The way back from a change that is under way: steps taken, newest first. Closing it takes them
 * all back, unless {@link #commit()} was called. Confined to one thread.
 */
final class Rollback implements AutoCloseable {
  private final Deque<Step> steps = new ArrayDeque<>();
  private final Deque<Step> releases = new ArrayDeque<>();

  /** Takes one step back. */
  @FunctionalInterface
  interface Step {
    void undo() throws IOException;
  }

  void add(Step step) {
    steps.push(step);
  }

  /** {@code release} lets go of what {@code step} needs; called in the end, whatever the end is. */
  void add(Step step, Step release) {
    steps.push(step);
    releases.push(release);
  }

  /** What was done stays. */
  void commit() {
    steps.clear();
  }

  @Override
  public void close() throws IOException {
    @Nullable IOException failed = run(steps, null);
    failed = run(releases, failed);
    if (failed != null) {
      throw new IOException("putting back what was before: " + failed.getMessage(), failed);
    }
  }

  /** All of them, whatever single ones come to; the first failure is kept with the others. */
  private static @Nullable IOException run(Deque<Step> steps, @Nullable IOException before) {
    IOException failed = before;
    while (!steps.isEmpty()) {
      try {
        steps.pop().undo();
      } catch (IOException e) {
        if (failed == null) {
          failed = e;
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    return failed;
  }
}
