// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import java.util.concurrent.atomic.AtomicInteger;

/** How many connections the process may have open at once. Thread-safe. */
public final class ConnectionSlots {
  private final int most;
  private final AtomicInteger taken = new AtomicInteger();

  /** {@code most} is at least 1. */
  public ConnectionSlots(int most) {
    this.most = most;
  }

  /**
   * Takes a slot for a connection that was just accepted. It is taken even beyond the limit, since
   * the connection exists: the caller refuses it and then calls {@link #release()} all the same.
   *
   * @return whether the connection is within the limit
   */
  public boolean take() {
    return taken.incrementAndGet() <= most;
  }

  /** The connection is closed. */
  public void release() {
    taken.decrementAndGet();
  }

  /** Open now. */
  public int taken() {
    return taken.get();
  }

  /** The limit. */
  public int most() {
    return most;
  }
}
