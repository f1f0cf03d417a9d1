// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;

/** The version and the commit, as the build wrote them. */
final class Version {
  private static final String BUILD = "build.properties";

  private Version() {}

  /** What {@code sluice --version} prints: {@code sluice 1.2.3 (COMMIT)}. */
  static String line() {
    return "sluice " + number() + commit().map(id -> " (" + id + ")").orElse("");
  }

  /** The version of the jar. */
  static String number() {
    String ofJar = Main.class.getPackage().getImplementationVersion();
    return Objects.requireNonNullElse(ofJar, "(not from a jar)");
  }

  /**
   * The commit that it was built from, in full, with {@code -dirty} behind it if the sources had
   * changes of their own; empty if they were in no repository.
   */
  static Optional<String> commit() {
    try (InputStream stream = Version.class.getResourceAsStream(BUILD)) {
      if (stream == null) {
        return Optional.empty();
      }
      Properties build = new Properties();
      build.load(stream);
      return Optional.ofNullable(build.getProperty("git.commit.id.describe"))
          .filter(id -> id.matches("[0-9a-f]{40,64}(-dirty)?"));
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + BUILD + " from the jar", e);
    }
  }
}
