// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;

/**
 * Files without a name: <a
 * href="https://man7.org/linux/man-pages/man2/memfd_create.2.html">memfd_create(2)</a> (Linux 3.17,
 * glibc 2.27), and reading and writing at a place: pread(2), pwrite(2). Each returns 0 or more, or
 * {@code -errno}. Thread-safe.
 */
public final class MemoryFileCalls {
  private static final int MFD_CLOEXEC = 1;

  private static final CFunction MEMFD_CREATE = CFunction.named("memfd_create");
  private static final CFunction PREAD = CFunction.named("pread");
  private static final CFunction PWRITE = CFunction.named("pwrite");

  private MemoryFileCalls() {}

  /** Makes one, not inherited by programs; {@code name} only shows in /proc. */
  public static int create(String name) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      return MEMFD_CREATE.call(scratch, arena.allocateFrom(name).address(), MFD_CLOEXEC);
    }
  }

  /** Reads to {@code address} from {@code place} on; 0 at the end of the file. */
  public static int read(int descriptor, long address, int length, long place) {
    Scratch scratch = Scratch.current();
    int result;
    do {
      result = PREAD.call(scratch, descriptor, address, length, place);
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }

  /** Writes from {@code address} to {@code place}; the file grows as needed. */
  public static int write(int descriptor, long address, int length, long place) {
    Scratch scratch = Scratch.current();
    int result;
    do {
      result = PWRITE.call(scratch, descriptor, address, length, place);
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }
}
