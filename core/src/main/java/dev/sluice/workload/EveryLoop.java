// SPDX-License-Identifier: Apache-2.0
package dev.sluice.workload;

import dev.sluice.loop.Worker;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** Has something done on all event loops. Stateless. */
final class EveryLoop {
  private EveryLoop() {}

  /** Runs {@code task} on every loop, and waits until each has. Not called on one of them. */
  static void run(List<Worker> workers, Consumer<Worker> task) {
    CountDownLatch left = new CountDownLatch(workers.size());
    for (Worker worker : workers) {
      worker.execute(
          () -> {
            try {
              task.accept(worker);
            } finally {
              left.countDown();
            }
          });
    }
    awaitUninterruptibly(left);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
