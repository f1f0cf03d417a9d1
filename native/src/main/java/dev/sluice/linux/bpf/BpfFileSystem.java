// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.MountCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final String OWNER_ONLY = "mode=0700";

  private BpfFileSystem() {}

  /** Where it is mounted: in the usual place if it is there, else anywhere. */
  public static Optional<Path> find() throws IOException {
    List<Path> places = places(Files.readAllLines(MOUNTS));
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

  static List<Path> places(List<String> mounts) {
    List<Path> found = new ArrayList<>();
    for (String line : mounts) {
      int dash = line.indexOf(" - ");
      String[] before = line.split(" ", -1);
      if (dash > 0 && line.startsWith("bpf ", dash + 3) && before.length > 4) {
        found.add(Path.of(unescaped(before[4])));
      }
    }
    return found;
  }

  /** Blanks and the like are written as backslash and three octal digits. */
  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.charAt(at) == '\\' && at + 4 <= text.length()) {
        plain.append((char) Integer.parseInt(text.substring(at + 1, at + 4), 8));
        at += 4;
      } else {
        plain.append(text.charAt(at));
        at++;
      }
    }
    return plain.toString();
  }

  private static String hint(int errno, Path folder) {
    String how = "as root, mount it with: mount -t bpf bpf " + folder;
    return Errno.of(errno) == Errno.EPERM ? "needs CAP_SYS_ADMIN; " + how : how;
  }
}
