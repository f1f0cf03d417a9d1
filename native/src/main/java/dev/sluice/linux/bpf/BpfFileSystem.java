// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.MountEntry;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.MountCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The file system in which eBPF objects get names that outlive processes (bpffs, Linux 4.4). Where
 * it is mounted is read from {@code /proc/self/mountinfo}, since that is a matter of the mount
 * namespace: {@code ip netns exec} mounts a fresh {@code /sys} and hides it from what it starts,
 * {@code nsenter --net=} does not. Thread-safe.
 */
public final class BpfFileSystem {
  /** Where everybody expects it. */
  public static final Path USUAL_PLACE = Path.of("/sys/fs/bpf");

  private static final String OWNER_ONLY = "mode=0700";

  private BpfFileSystem() {}

  /** Where it is mounted: in the usual place if it is there, else anywhere. */
  public static Optional<Path> find() throws IOException {
    List<Path> places = places(MountEntry.own());
    return places.contains(USUAL_PLACE) ? Optional.of(USUAL_PLACE) : places.stream().findFirst();
  }

  /**
   * The place where it is mounted; mounts it in the usual place if it isn't anywhere.
   *
   * @throws SyscallException if it can't be mounted; the message says how an administrator does
   */
  public static Path findOrMount() throws IOException {
    Optional<Path> found = find();
    if (found.isPresent()) {
      return found.get();
    }
    mount(USUAL_PLACE);
    return USUAL_PLACE;
  }

  /**
   * Mounts one more at a folder, for its owner alone.
   *
   * @throws SyscallException EPERM without CAP_SYS_ADMIN; ENOENT if there is no such folder
   */
  public static void mount(Path folder) throws SyscallException {
    int result = MountCalls.mount("bpf", folder.toString(), OWNER_ONLY);
    if (result < 0) {
      throw new SyscallException(
          "mount", -result, "of the eBPF file system at " + folder, hint(-result, folder));
    }
  }

  static List<Path> places(List<MountEntry> mounts) {
    return mounts.stream()
        .filter(mount -> mount.type().equals("bpf"))
        .map(MountEntry::point)
        .toList();
  }

  private static String hint(int errno, Path folder) {
    String how = "as root, mount it with: mount -t bpf bpf " + folder;
    return Errno.of(errno) == Errno.EPERM ? "needs CAP_SYS_ADMIN; " + how : how;
  }
}
