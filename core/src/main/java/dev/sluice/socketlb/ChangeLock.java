// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.FolderLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The right to change what is pinned in an eBPF file system: commands that are started at once do
 * their work one after the other. It is a lock on the file system's root, so that it is the same
 * wherever that is mounted and ends with its holder. Whoever takes it closes it.
 */
public final class ChangeLock implements AutoCloseable {
  /** Far longer than a change takes; short enough for somebody who waits. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final long PAUSE_NANOS = 20_000_000;
  private static final Path LOCKS = Path.of("/proc/locks");

  private final FolderLock lock;

  private ChangeLock(FolderLock lock) {
    this.lock = lock;
  }

  /**
   * Waits for it, ten seconds at most.
   *
   * @throws IOException if another one goes on for longer, or there is no such folder
   */
  public static ChangeLock take(Path bpfFileSystem) throws IOException {
    long start = System.nanoTime();
    while (true) {
      Optional<FolderLock> lock = FolderLock.tryTake(bpfFileSystem);
      if (lock.isPresent()) {
        return new ChangeLock(lock.get());
      }
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new IOException(
            "waiting to change what is pinned in %s: %s is changing it for more than %d s; expected"
                    .formatted(bpfFileSystem, holder(bpfFileSystem), PATIENCE.toSeconds())
                + " it to end");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Lines such as {@code 1: FLOCK ADVISORY WRITE 4711 00:1f:1 0 EOF}; see proc_locks(5). */
  static Optional<Long> holder(List<String> locks, long device, long inode) {
    long major = (device >> 8) & 0xfff;
    long minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    String file = "%02x:%02x:%d".formatted(major, minor, inode);
    return locks.stream()
        .map(line -> line.split(" +", -1))
        .filter(words -> words.length > 5 && words[1].equals("FLOCK") && words[5].equals(file))
        .map(words -> Long.parseLong(words[4]))
        .findFirst();
  }

  private static String holder(Path folder) throws IOException {
    long device = (Long) Files.getAttribute(folder, "unix:dev");
    long inode = (Long) Files.getAttribute(folder, "unix:ino");
    return holder(Files.readAllLines(LOCKS), device, inode)
        .map(pid -> "process " + pid)
        .orElse("another process");
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
