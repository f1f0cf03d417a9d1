// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Errno;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

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

  private static final MethodHandle PIPE =
      Downcalls.capturing("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SPLICE =
      Downcalls.capturing(
          "splice",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

  private PipeCalls() {}

  /**
   * Makes a pipe, non-blocking and closed on exec.
   *
   * @param ends gets the descriptor to read from and the one to write to
   */
  public static int open(int[] ends) {
    Scratch scratch = Scratch.current();
    MemorySegment both = scratch.option();
    try {
      int result =
          Downcalls.result(
              (int) PIPE.invokeExact(scratch.callState(), both, O_CLOEXEC_NONBLOCK), scratch);
      if (result == 0) {
        ends[0] = both.getAtIndex(JAVA_INT, 0);
        ends[1] = both.getAtIndex(JAVA_INT, 1);
      }
      return result;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
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
    try {
      int result;
      do {
        result =
            Downcalls.result(
                (long)
                    SPLICE.invokeExact(
                        scratch.callState(),
                        from,
                        0L,
                        to,
                        0L,
                        (long) length,
                        SPLICE_F_MOVE_NONBLOCK),
                scratch);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }
}
