// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * <a href="https://man7.org/linux/man-pages/man2/mount.2.html">mount(2)</a> in the mount namespace
 * of this process. Thread-safe.
 */
public final class MountCalls {
  private static final long MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8;

  private static final MethodHandle MOUNT =
      Downcalls.capturing(
          "mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));

  private MountCalls() {}

  /** Mounts a file system without a device, whose type is its name; 0 or {@code -errno}. */
  public static int mount(String type, String folder, String options) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(type);
      return Downcalls.result(
          (int)
              MOUNT.invokeExact(
                  scratch.callState(),
                  name,
                  arena.allocateFrom(folder),
                  name,
                  MS_NOSUID_NODEV_NOEXEC,
                  arena.allocateFrom(options)),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }
}
