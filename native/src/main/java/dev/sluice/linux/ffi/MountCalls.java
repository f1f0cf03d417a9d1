// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * <a href="https://man7.org/linux/man-pages/man2/mount.2.html">mount(2)</a> in the mount namespace
 * of this process. Thread-safe.
 */
public final class MountCalls {
  private static final long MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8;

  private static final CFunction MOUNT = CFunction.named("mount");

  private MountCalls() {}

  /** Mounts a file system without a device, whose type is its name; 0 or {@code -errno}. */
  public static int mount(String type, String folder, String options) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(type);
      return MOUNT.call(
          scratch,
          name.address(),
          arena.allocateFrom(folder).address(),
          name.address(),
          MS_NOSUID_NODEV_NOEXEC,
          arena.allocateFrom(options).address());
    }
  }
}
