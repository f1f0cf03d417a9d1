// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.it.bpf.TestCgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * In which cgroup this process is: a socket belongs to the one that it was made in. Moving costs
 * milliseconds, so it is done when it makes a difference. Confined to one thread.
 */
final class Membership {
  private final Path home;
  private Path now;

  Membership() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
            .filter(text -> text.startsWith("0::/"))
            .findFirst()
            .orElseThrow();
    home = TestCgroup.mountPoint().resolve(line.substring("0::/".length()));
    now = home;
  }

  void moveTo(Path cgroup) throws IOException {
    if (!cgroup.equals(now)) {
      Files.writeString(
          cgroup.resolve("cgroup.procs"), Long.toString(ProcessHandle.current().pid()));
      now = cgroup;
    }
  }

  void goHome() throws IOException {
    moveTo(home);
  }
}
