// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What figures were measured on. */
public final class Machine {
  private Machine() {}

  /** Figures say nothing without it; of different machines and runs they are never compared. */
  public static String description() throws IOException {
    return "Linux %s, %d processors, load %s, Java %s\n"
        .formatted(
            System.getProperty("os.version"),
            Runtime.getRuntime().availableProcessors(),
            Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0],
            Runtime.version());
  }
}
