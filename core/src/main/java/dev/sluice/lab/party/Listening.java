// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Waits for programs that say nothing when they are ready: the kernel's table of sockets does. */
final class Listening {
  private Listening() {}

  /** Waits until something listens on {@code port} of both families where the process runs. */
  static void await(LabProcess process, int port, Duration limit) throws LabException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < deadline && process.alive()) {
      if (listens(process.pid(), "tcp", port) && listens(process.pid(), "tcp6", port)) {
        return;
      }
      try {
        Thread.sleep(Duration.ofMillis(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    throw new LabException(
        "waiting for %s to listen on port %d: %s"
            .formatted(process.name(), port, process.lastErrors()));
  }

  private static boolean listens(long pid, String table, int port) {
    String local = ":%04X ".formatted(port);
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "net", table))
          .lines()
          .anyMatch(line -> line.contains(local) && line.contains(":0000 0A"));
    } catch (IOException e) {
      return false;
    }
  }
}
