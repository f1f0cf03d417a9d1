// SPDX-License-Identifier: Apache-2.0
package dev.sluice.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds programs on a fixed path. {@code PATH} is not asked: what runs as root must not depend on
 * what a caller put into its environment. Thread-safe.
 */
public final class Programs {
  private static final List<Path> FOLDERS =
      List.of(
          Path.of("/usr/sbin"),
          Path.of("/usr/bin"),
          Path.of("/sbin"),
          Path.of("/bin"),
          Path.of("/usr/local/sbin"),
          Path.of("/usr/local/bin"));

  private Programs() {}

  /** The executable of that name, if there is one. {@code name} holds no slash. */
  public static Optional<Path> find(String name) {
    return FOLDERS.stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
