// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many connections the process, or one workload of those that it serves, may have open at once.
 * Thread-safe.
 */
public final class ConnectionSlots {
  private final int most;
  private final @Nullable ConnectionSlots whole;
  private final AtomicInteger taken = new AtomicInteger();

  /** {@code most} is at least 1. */
  public ConnectionSlots(int most) {
    this(most, null);
  }

  private ConnectionSlots(int most, @Nullable ConnectionSlots whole) {
    this.most = most;
    this.whole = whole;
  }

  /** A share of at least 1: who takes from it takes from these slots too. */
  public ConnectionSlots share(int mostOfIt) {
    return new ConnectionSlots(mostOfIt, this);
  }

  /**
   * Takes a slot for a connection that was just accepted. It is taken even beyond the limit, since
   * the connection exists: the caller refuses it and then calls {@link #release()} all the same.
   *
   * @return whether the connection is within the limit
   */
  public boolean take() {
    boolean within = taken.incrementAndGet() <= most;
    // The whole counts what is beyond the share too: until it is refused, it is open.
    return (whole == null || whole.take()) && within;
  }

  /** The connection is closed. */
  public void release() {
    taken.decrementAndGet();
    if (whole != null) {
      whole.release();
    }
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
