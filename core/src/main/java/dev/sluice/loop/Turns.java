// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells whether every event loop still takes its turn. Whoever asks while a round is under way
 * shares it, so that it costs a loop one task at a time, however many ask. Thread-safe.
 */
final class Turns {
  /** Of more that wait for a loop that doesn't come, the first have long given up. */
  static final int MOST_WAITING = 64;

  private final List<Worker> workers;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean underWay;

  Turns(List<Worker> workers) {
    this.workers = workers;
  }

  /** Runs {@code then} once each loop has had a turn, on one of them; at once if there is none. */
  void await(Runnable then) {
    synchronized (this) {
      if (waiting.size() == MOST_WAITING) {
        waiting.remove();
      }
      waiting.add(then);
      if (underWay) {
        return;
      }
      underWay = true;
    }
    AtomicInteger left = new AtomicInteger(workers.size() + 1);
    for (Worker worker : workers) {
      try {
        worker.execute(() -> turn(left));
      } catch (RejectedExecutionException e) {
        turn(left); // It has ended, as it was told to.
      }
    }
    turn(left);
  }

  private void turn(AtomicInteger left) {
    if (left.decrementAndGet() == 0) {
      taken().forEach(Runnable::run);
    }
  }

  private synchronized List<Runnable> taken() {
    underWay = false;
    List<Runnable> all = new ArrayList<>(waiting);
    waiting.clear();
    return all;
  }
}
