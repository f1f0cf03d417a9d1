// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * Files without a name: <a
 * href="https://man7.org/linux/man-pages/man2/memfd_create.2.html">memfd_create(2)</a> (Linux 3.17,
 * glibc 2.27), and reading and writing at a place: pread(2), pwrite(2). Each returns 0 or more, or
 * {@code -errno}. Thread-safe.
 */
public final class MemoryFileCalls {
  private static final int MFD_CLOEXEC = 1;

  private static final MethodHandle MEMFD_CREATE =
      Downcalls.capturing("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle PREAD = placeCall("pread");
  private static final MethodHandle PWRITE = placeCall("pwrite");

  private MemoryFileCalls() {}

  /** Makes one, not inherited by programs; {@code name} only shows in /proc. */
  public static int create(String name) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      return Downcalls.result(
          (int)
              MEMFD_CREATE.invokeExact(scratch.callState(), arena.allocateFrom(name), MFD_CLOEXEC),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** Reads to {@code address} from {@code place} on; 0 at the end of the file. */
  public static int read(int descriptor, long address, int length, long place) {
    Scratch scratch = Scratch.current();
    try {
      int result;
      do {
        result =
            Downcalls.result(
                (long)
                    PREAD.invokeExact(
                        scratch.callState(), descriptor, address, (long) length, place),
                scratch);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** Writes from {@code address} to {@code place}; the file grows as needed. */
  public static int write(int descriptor, long address, int length, long place) {
    Scratch scratch = Scratch.current();
    try {
      int result;
      do {
        result =
            Downcalls.result(
                (long)
                    PWRITE.invokeExact(
                        scratch.callState(), descriptor, address, (long) length, place),
                scratch);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  private static MethodHandle placeCall(String name) {
    return Downcalls.capturing(
        name, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  }
}
