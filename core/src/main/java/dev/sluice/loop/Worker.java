// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import io.netty.channel.IoEventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One event loop with what its connections share: the read buffers, the pipes and the clock for
 * deadlines. Event-loop confined, except {@link #eventLoop()} and {@link #execute}.
 */
public final class Worker {
  /** How often deadlines are looked at, and so how late they can be. */
  public static final long TICK_MILLIS = 250;

  /**
   * What is watched lies in the slot of the tick that it is due at, and each tick looks at one: so
   * each of many idle connections is met every 16 s. A power of 2.
   */
  private static final int SLOTS = 64;

  private final IoEventLoop eventLoop;
  private final BufferPool buffers = new BufferPool();
  private final PipePool pipes;
  private final Timed[] watched = new Timed[SLOTS];

  /** Those that the present tick has still to be told to. */
  private final Timed due = new Head();

  private final Runnable onTick = this::onTick;
  private final AtomicInteger connections = new AtomicInteger();
  private int watchedCount;
  private boolean ticking;
  private long tick;

  Worker(IoEventLoop eventLoop, PipePool pipes) {
    this.eventLoop = eventLoop;
    this.pipes = pipes;
    for (int i = 0; i < SLOTS; i++) {
      watched[i] = new Head();
    }
  }

  /** The loop itself. Thread-safe. */
  public IoEventLoop eventLoop() {
    return eventLoop;
  }

  /** Runs {@code task} on the loop, soon. Thread-safe. */
  public void execute(Runnable task) {
    eventLoop.execute(task);
  }

  /** Runs {@code task} on the loop after {@code delayMillis}. */
  public void executeLater(Runnable task, long delayMillis) {
    var _ = eventLoop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
  }

  /** One more connection is served here, until {@link #connectionEnded()}. Thread-safe. */
  public void connectionAdded() {
    connections.incrementAndGet();
  }

  /** A connection that was served here is closed. Thread-safe. */
  public void connectionEnded() {
    connections.decrementAndGet();
  }

  /** How many connections are served here. Thread-safe. */
  public int connections() {
    return connections.get();
  }

  /** The buffers of this loop. */
  public BufferPool buffers() {
    return buffers;
  }

  /** The pipes of this loop. */
  public PipePool pipes() {
    return pipes;
  }

  /**
   * The present tick. It stands still while nothing is watched, which does no harm to durations.
   */
  public long tick() {
    return tick;
  }

  /** How many ticks {@code duration} is, rounded up; at least 1. */
  public static long ticks(Duration duration) {
    return Math.max(1, Math.ceilDiv(duration.toMillis(), TICK_MILLIS));
  }

  /** Starts to tell {@code timed} the time, on every tick. */
  public void watch(Timed timed) {
    watch(timed, tick + 1);
  }

  /** Tells {@code timed} the time on every tick from {@code due} on, whatever was before. */
  public void watch(Timed timed, long due) {
    unwatch(timed);
    link(timed, Math.max(tick + 1, due));
    if (!ticking) {
      ticking = true;
      executeLater(onTick, TICK_MILLIS);
    }
  }

  /** Stops to; does nothing if it isn't watched. */
  public void unwatch(Timed timed) {
    if (timed.isLinked()) {
      timed.unlink();
      watchedCount--;
    }
  }

  private void link(Timed timed, long due) {
    timed.due = due;
    timed.linkBefore(slot(due));
    watchedCount++;
  }

  private Timed slot(long due) {
    return watched[(int) due & (SLOTS - 1)];
  }

  /**
   * One tick; also for a test, which can't wait. If it is a bug to be told it, the others are told
   * at the next one.
   */
  void onTick() {
    try {
      tick++;
      collectDue();
      // Whoever is told may unwatch any other, or close it: so always the first that is left.
      while (due.isLinked()) {
        Timed timed = due.next;
        unwatch(timed);
        link(timed, tick + 1);
        timed.tick(tick);
      }
      pipes.tick();
    } finally {
      ticking = watchedCount > 0 || pipes.hasSpare();
      if (ticking && !eventLoop.isShuttingDown()) {
        executeLater(onTick, TICK_MILLIS);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // the end of the list is this very node
  private void collectDue() {
    Timed head = slot(tick);
    Timed timed = head.next;
    while (timed != head) {
      Timed following = timed.next;
      if (timed.due <= tick) {
        timed.unlink();
        timed.linkBefore(due);
      }
      timed = following;
    }
  }

  /** The end of a list. */
  private static final class Head extends Timed {
    @Override
    protected void tick(long tick) {
      throw new AssertionError("the head of a list is never told the time");
    }
  }
}
