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

  private final IoEventLoop eventLoop;
  private final BufferPool buffers = new BufferPool();
  private final PipePool pipes;
  private final Timed watched =
      new Timed() {
        @Override
        protected void tick(long tick) {
          throw new AssertionError("the head of the list is never told the time");
        }
      };
  private final Runnable onTick = this::onTick;
  private final AtomicInteger connections = new AtomicInteger();
  private boolean ticking;
  private long tick;

  Worker(IoEventLoop eventLoop, PipePool pipes) {
    this.eventLoop = eventLoop;
    this.pipes = pipes;
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

  /** Starts to tell {@code timed} the time. */
  public void watch(Timed timed) {
    timed.linkBefore(watched);
    if (!ticking) {
      ticking = true;
      executeLater(onTick, TICK_MILLIS);
    }
  }

  /** Stops to; does nothing if it isn't watched. */
  public void unwatch(Timed timed) {
    if (timed.isLinked()) {
      timed.unlink();
    }
  }

  @SuppressWarnings("ReferenceEquality") // the end of the list is this very node
  private void onTick() {
    tick++;
    Timed timed = watched.next;
    while (timed != watched) {
      // A tick may unlink the one that it is told to, never another.
      Timed following = timed.next;
      timed.tick(tick);
      timed = following;
    }
    pipes.tick();
    ticking = watched.isLinked() || pipes.hasSpare();
    if (ticking && !eventLoop.isShuttingDown()) {
      executeLater(onTick, TICK_MILLIS);
    }
  }
}
