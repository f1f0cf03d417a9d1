// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * Waiting for one descriptor by <a
 * href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</a>. Thread-safe; blocks the
 * calling thread, so never on an event loop.
 */
public final class PollCalls {
  private static final short POLLIN = 1;
  private static final short POLLOUT = 4;

  private static final CFunction POLL = CFunction.named("poll");

  private PollCalls() {}

  /**
   * Waits until the descriptor can be read or has an error: 1 if so, 0 when the time is over, or
   * {@code -errno}. EINTR is passed on, since the time would begin anew.
   *
   * @param timeoutMillis 0 for a look alone; negative for ever
   */
  public static int awaitReadable(int descriptor, int timeoutMillis) {
    return await(descriptor, POLLIN, timeoutMillis);
  }

  /** The same until it can be written. */
  public static int awaitWritable(int descriptor, int timeoutMillis) {
    return await(descriptor, POLLOUT, timeoutMillis);
  }

  private static int await(int descriptor, short events, int timeoutMillis) {
    Scratch scratch = Scratch.current();
    MemorySegment entry = scratch.option().asSlice(0, 8);
    entry.set(JAVA_INT, 0, descriptor);
    entry.set(JAVA_SHORT, 4, events);
    entry.set(JAVA_SHORT, 6, (short) 0);
    return POLL.call(scratch, entry.address(), 1, timeoutMillis);
  }
}
