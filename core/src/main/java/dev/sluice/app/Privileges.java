// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What this process may do, from {@code /proc/self/status}; see capabilities(7). */
final class Privileges {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int CAP_NET_ADMIN = 12;

  private Privileges() {}

  /** One line that says what is missing to change rules and routes; empty if nothing is. */
  static Optional<String> lackingForRules() {
    long effective = Long.parseUnsignedLong(field("CapEff:"), 16);
    if ((effective >>> CAP_NET_ADMIN & 1) == 1) {
      return Optional.empty();
    }
    long user = Long.parseLong(field("Uid:").split("\\s+", -1)[1]);
    return Optional.of(
        user == 0
            ? "root, but without CAP_NET_ADMIN; expected a container or unit that grants it"
            : "user id " + user + " may not change rules; expected root: run it with sudo");
  }

  private static String field(String name) {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(name.length()).strip())
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no field " + name + " in " + STATUS));
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + STATUS + ": " + e.getMessage(), e);
    }
  }
}
