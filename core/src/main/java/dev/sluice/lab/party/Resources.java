// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The scripts of the demo, which travel in the jar and are read by processes of other users. */
final class Resources {
  private Resources() {}

  /** Puts the resource into {@code folder}, once. */
  static Path unpack(String name, Path folder) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      try (InputStream stream = Resources.class.getResourceAsStream(name)) {
        if (stream == null) {
          throw new IOException("the resource " + name + " is missing from the jar");
        }
        Files.copy(stream, file);
        Files.setPosixFilePermissions(
            file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
      }
    }
    return file;
  }
}
