// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * Opens a socket in another cgroup: a socket belongs to the one that its process was in when it was
 * made, so this process goes there for that moment. Stateless.
 */
final class CgroupVisit {
  private CgroupVisit() {}

  /**
   * Runs {@code body} there.
   *
   * @throws IOException if the process can't go there, or back, or would stand still there
   */
  static <T> T call(Path cgroup, Callable<T> body) throws Exception {
    CgroupFolder.id(cgroup);
    if (CgroupFolder.isFrozen(cgroup)) {
      throw new IOException(
          "going to cgroup "
              + cgroup
              + " for the socket's sake: it is frozen, and this process would be, too; expected one"
              + " whose cgroup.freeze is 0, and so above it");
    }
    Path home = CgroupFolder.own();
    move(cgroup);
    try {
      return body.call();
    } finally {
      move(home);
    }
  }

  private static void move(Path cgroup) throws IOException {
    try {
      Files.writeString(
          cgroup.resolve("cgroup.procs"), Long.toString(ProcessHandle.current().pid()));
    } catch (IOException e) {
      throw new IOException(
          "going to cgroup "
              + cgroup
              + " for the socket's sake: "
              + e.getMessage()
              + "; expected a cgroup without controllers for those below it, and the right to move"
              + " processes",
          e);
    }
  }
}
