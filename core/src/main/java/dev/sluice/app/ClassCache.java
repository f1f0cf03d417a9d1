// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The cache of loaded classes that {@code scripts/build-runtime} makes. The JVM goes on without one
 * that it can't use: damaged, cut short, of another JVM or of other options. It would say so in
 * several lines of its own, which the launcher switches off. Stateless.
 */
final class ClassCache {
  /** Where the launcher says which one it asked for. */
  private static final String PROPERTY = "sluice.cache";

  private static final Path MAPPED = Path.of("/proc/self/maps");

  private ClassCache() {}

  /** One line if a cache was asked for and isn't used. */
  static Optional<String> complaint() {
    @Nullable String wanted = System.getProperty(PROPERTY);
    return wanted == null || isMapped(wanted)
        ? Optional.empty()
        : Optional.of(
            "using the class cache "
                + wanted
                + ": this JVM does not accept it; expected one that scripts/build-runtime made for"
                + " it. Starting without it, which takes more time and memory"
                + " (SLUICE_JAVA_OPTIONS=-Xlog:aot:stderr shows why)");
  }

  private static boolean isMapped(String path) {
    try {
      return Files.readString(MAPPED, StandardCharsets.ISO_8859_1).contains(path);
    } catch (IOException e) {
      return true; // Without /proc it can't be told.
    }
  }
}
