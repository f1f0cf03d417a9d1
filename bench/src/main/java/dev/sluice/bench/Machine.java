// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What figures were measured on. */
public final class Machine {
  private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4");

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

  /** By what TCP decides how much to send, where nothing else is said. */
  public static String congestionControl() throws IOException {
    return Files.readString(SETTINGS.resolve("tcp_congestion_control")).strip();
  }

  /** Those that can be chosen in a new namespace. */
  public static List<String> allowedCongestionControls() throws IOException {
    String names = Files.readString(SETTINGS.resolve("tcp_allowed_congestion_control"));
    return List.of(names.strip().split(" ", -1));
  }
}
