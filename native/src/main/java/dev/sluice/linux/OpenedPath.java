// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.FileCalls;
import java.nio.file.Path;

/**
 * A place in a file system, found but not opened for reading: that has no effect on devices, pipes
 * or sockets. What it is can be asked, and it can be opened or connected to, through {@link #path},
 * and is then the same object whatever happens to its name. Whoever makes one closes it.
 * Thread-safe. See <a href="https://man7.org/linux/man-pages/man2/openat2.2.html">openat2(2)</a>.
 */
public final class OpenedPath implements AutoCloseable {
  private final FileDescriptor descriptor;

  private OpenedPath(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Finds what {@code name} is to a process whose root folder is {@code root}: neither symbolic
   * links nor {@code ..} lead out of it, and those of /proc that lead anywhere are not followed.
   *
   * @param root may be such a link itself, {@code /proc/PID/root} for one
   * @param name absolute or not, which makes no difference
   * @throws SyscallException ENOENT if there is no such file; ELOOP if a link of /proc is on the
   *     way; ENOSYS before Linux 5.6
   */
  public static OpenedPath inside(Path root, String name) throws SyscallException {
    try (FileDescriptor opened = owned("open", FileCalls.open(root.toString()), "of " + root)) {
      return new OpenedPath(
          owned(
              "openat2",
              FileCalls.findInRoot(opened.number(), name),
              "of " + name + " in " + root));
    }
  }

  /** Finds what {@code path} leads to, links of /proc included. */
  public static OpenedPath of(Path path) throws SyscallException {
    return new OpenedPath(owned("open", FileCalls.find(path.toString()), "of " + path));
  }

  /**
   * Finds what has that name, and if it is a link, the link. Not by openat2(2), which systemd's
   * {@code RestrictSUIDSGID} refuses.
   */
  public static OpenedPath itself(Path path) throws SyscallException {
    return new OpenedPath(owned("open", FileCalls.findItself(path.toString()), "of " + path));
  }

  private static FileDescriptor owned(String call, int result, String what)
      throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, -result, what);
    }
    return FileDescriptor.owning(result);
  }

  /** Leads to it for as long as this is open. */
  public Path path() {
    return Path.of("/proc/self/fd", Integer.toString(descriptor.number()));
  }

  /** Lets go of it; idempotent. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }
}
