// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.linux.Errno;
import java.lang.foreign.MemorySegment;

/**
 * pipe2(2), its size, and <a
 * href="https://man7.org/linux/man-pages/man2/splice.2.html">splice(2)</a>. Each call returns 0 or
 * more, or {@code -errno}. Thread-safe.
 */
public final class PipeCalls {
  private static final int O_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_GETPIPE_SZ = 1032;
  private static final int SPLICE_F_MOVE_NONBLOCK = 1 | 2;

  private static final CFunction PIPE = CFunction.named("pipe2");
  private static final CFunction SPLICE = CFunction.named("splice");

  private PipeCalls() {}

  /**
   * Makes a pipe, non-blocking and closed on exec.
   *
   * @param ends gets the descriptor to read from and the one to write to
   */
  public static int open(int[] ends) {
    Scratch scratch = Scratch.current();
    MemorySegment both = scratch.option();
    int result = PIPE.call(scratch, both.address(), O_CLOEXEC_NONBLOCK);
    if (result == 0) {
      ends[0] = both.getAtIndex(JAVA_INT, 0);
      ends[1] = both.getAtIndex(JAVA_INT, 1);
    }
    return result;
  }

  /** Asks for room for {@code bytes}; returns the room that there is then. */
  public static int resize(int descriptor, int bytes) {
    return FileCalls.control(descriptor, F_SETPIPE_SZ, bytes);
  }

  /** The room of the pipe in bytes. */
  public static int size(int descriptor) {
    return FileCalls.control(descriptor, F_GETPIPE_SZ, 0);
  }

  /** Moves up to {@code length} bytes; one of the two is a pipe. Retried after a signal. */
  public static int splice(int from, int to, int length) {
    Scratch scratch = Scratch.current();
    int result;
    do {
      result = SPLICE.call(scratch, from, 0, to, 0, length, SPLICE_F_MOVE_NONBLOCK);
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }
}
