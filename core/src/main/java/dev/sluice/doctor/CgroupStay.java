// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A short stay of this whole process in a cgroup: sockets belong for good to the one that they are
 * made in. If the process is killed meanwhile, it leaves nothing there. One at a time.
 */
final class CgroupStay {
  private static final Path OWN = Path.of("/proc/self/cgroup");
  private static final String PROCESSES = "cgroup.procs";
  private static final String UNIFIED = "0::/";

  private CgroupStay() {}

  /**
   * Where a process may be, at {@code cgroup} or below: the kernel wants none in one whose children
   * are controlled.
   *
   * @param not below which it is not looked for
   */
  static Optional<Path> place(Path cgroup, Optional<Path> not) throws IOException {
    if (not.filter(cgroup::startsWith).isPresent()) {
      return Optional.empty();
    }
    boolean leaf = true;
    try (DirectoryStream<Path> children =
        Files.newDirectoryStream(cgroup, child -> Files.isDirectory(child))) {
      for (Path child : children) {
        leaf = false;
        Optional<Path> below = place(child, not);
        if (below.isPresent()) {
          return below;
        }
      }
    }
    return leaf && !CgroupFolder.isFrozen(cgroup) ? Optional.of(cgroup) : Optional.empty();
  }

  /** Does {@code body} in {@code cgroup}, and comes back; where there is none, here. */
  static <T> T in(Optional<Path> cgroup, Path root, Callable<T> body) throws Exception {
    if (cgroup.isEmpty()) {
      return body.call();
    }
    Path home = home(Files.readAllLines(OWN), root);
    move(cgroup.get());
    try {
      return body.call();
    } finally {
      move(home);
    }
  }

  static Path home(List<String> lines, Path root) throws IOException {
    for (String line : lines) {
      if (line.startsWith(UNIFIED)) {
        return root.resolve(line.substring(UNIFIED.length())).normalize();
      }
    }
    throw new IOException("looking for the cgroup of this process: it is in none of version 2");
  }

  private static void move(Path cgroup) throws IOException {
    Files.writeString(cgroup.resolve(PROCESSES), Long.toString(ProcessHandle.current().pid()));
  }
}
