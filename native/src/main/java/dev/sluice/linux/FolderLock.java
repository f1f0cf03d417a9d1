// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.FileCalls;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A lock on a folder that at most one holder has, in whatever process and mount namespace. The
 * kernel takes it back when the holder ends, however it ends. It stops only those who ask for it.
 * Whoever takes it closes it. Thread-safe. See <a
 * href="https://man7.org/linux/man-pages/man2/flock.2.html">flock(2)</a>; folders of an eBPF file
 * system can be locked too, although what is pinned there can't be opened.
 */
public final class FolderLock implements AutoCloseable {
  private final FileDescriptor descriptor;

  private FolderLock(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * The lock, unless somebody has it. Doesn't wait.
   *
   * @throws SyscallException ENOENT if there is no such folder, EACCES if it can't be read
   */
  public static Optional<FolderLock> tryTake(Path folder) throws SyscallException {
    int opened = FileCalls.open(folder.toString());
    if (opened < 0) {
      throw new SyscallException("open", -opened, "of " + folder);
    }
    FileDescriptor descriptor = FileDescriptor.owning(opened);
    int result = FileCalls.tryLock(opened);
    if (result >= 0) {
      return Optional.of(new FolderLock(descriptor));
    }
    descriptor.close();
    if (Errno.EAGAIN.returnedBy(result)) {
      return Optional.empty();
    }
    throw new SyscallException("flock", -result, "of " + folder);
  }

  /** Lets the next one have it; idempotent. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }
}
