// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.SplicePipe;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pipes for the busy directions of one event loop. A pipe is two descriptors and, while bytes wait
 * in it, memory of the kernel: so there are few, a direction that has become quiet gives its pipe
 * back, and one that gets none goes on without. Event-loop confined. Owns the pipes that are in it.
 */
public final class PipePool {
  /** What one splice can move; what lies beyond gains nothing. */
  public static final int PIPE_BYTES = 256 * 1024;

  /** A pipe with less room than one read of the buffer costs more than copying. */
  private static final int LEAST_BYTES = BufferPool.BUFFER_BYTES;

  /** Out at once. Connections come first: the descriptors are theirs. */
  static final int MOST_TAKEN = 64;

  private static final int MOST_SPARE = 8;

  /** After a refusal, for how many ticks nobody asks the kernel again: 10 s. */
  private static final long REFUSED_TICKS = 10_000 / Worker.TICK_MILLIS;

  private final ArrayDeque<SplicePipe> spare = new ArrayDeque<>();
  private final Consumer<String> complaints;
  private int taken;
  private long nextAttempt;

  /** {@code complaints} gets a line whenever the kernel refuses something. */
  PipePool(Consumer<String> complaints) {
    this.complaints = complaints;
  }

  /**
   * An empty pipe, or null if there is none to be had: too many are out, or the kernel refuses.
   *
   * @param tick the worker's
   */
  public @Nullable SplicePipe take(long tick) {
    if (taken >= MOST_TAKEN) {
      return null;
    }
    SplicePipe pipe = spare.pollLast();
    if (pipe == null) {
      pipe = open(tick);
    }
    if (pipe != null) {
      taken++;
    }
    return pipe;
  }

  /** Counts one that came from elsewhere, for whatever happens to it, as if it had been taken. */
  public void adopt() {
    taken++;
  }

  private @Nullable SplicePipe open(long tick) {
    if (tick < nextAttempt) {
      return null;
    }
    try {
      SplicePipe pipe = SplicePipe.open(PIPE_BYTES);
      if (pipe.capacity() >= PIPE_BYTES) {
        return pipe;
      }
      String small =
          "asking for a pipe of %d bytes: the kernel gave %d; expected fs.pipe-max-size and fs.pipe-user-pages-soft to allow it"
              .formatted(PIPE_BYTES, pipe.capacity());
      if (pipe.capacity() >= LEAST_BYTES) {
        complaints.accept(small + ". Busy connections cost more");
        return pipe;
      }
      pipe.close();
      return refused(small, tick);
    } catch (SyscallException e) {
      return refused(String.valueOf(e.getMessage()), tick);
    }
  }

  private @Nullable SplicePipe refused(String why, long tick) {
    nextAttempt = tick + REFUSED_TICKS;
    complaints.accept(why + ". Busy connections are copied instead of spliced, and cost more");
    return null;
  }

  /** Takes an empty {@code pipe} back; the caller must not touch it again. */
  public void giveBack(SplicePipe pipe) {
    taken--;
    if (spare.size() < MOST_SPARE) {
      spare.addLast(pipe);
    } else {
      pipe.close();
    }
  }

  /** Takes a {@code pipe} back in which bytes are left that nobody wants any more. */
  public void discard(SplicePipe pipe) {
    taken--;
    pipe.close();
  }

  /** Called on every tick: a spare pipe that nobody takes is closed before long. */
  void tick() {
    SplicePipe oldest = spare.pollFirst();
    if (oldest != null) {
      oldest.close();
    }
  }

  boolean hasSpare() {
    return !spare.isEmpty();
  }

  /** How many pipes are out. */
  public int taken() {
    return taken;
  }

  /** Closes the spare pipes. */
  void close() {
    spare.forEach(SplicePipe::close);
    spare.clear();
  }
}
