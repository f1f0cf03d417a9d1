// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.util.concurrent.CountDownLatch;

/**
 * Lets a run end in order when SIGINT or SIGTERM asks for it. The process ends only when the run
 * has removed what it made, and that is done by the thread that made it: between two steps, never
 * during one. Thread-safe.
 */
public final class OrderlyEnd {
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean wanted;

  /** The run was asked to end. */
  public static final class Wanted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wanted() {
      super("asked to end", null, false, false);
    }
  }

  /** From now on a signal waits for {@link #hasEnded}. */
  public static OrderlyEnd onSignal() {
    OrderlyEnd end = new OrderlyEnd();
    Runtime.getRuntime().addShutdownHook(new Thread(end::await, "bench-end"));
    return end;
  }

  /**
   * To be called between two steps.
   *
   * @throws Wanted if the run is to end
   */
  public void check() {
    if (wanted) {
      throw new Wanted();
    }
  }

  /** Whether it was: a step that failed then failed because of it. */
  public boolean isWanted() {
    return wanted;
  }

  /** Nothing is left that the run made. */
  public void hasEnded() {
    ended.countDown();
  }

  private void await() {
    wanted = true;
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
