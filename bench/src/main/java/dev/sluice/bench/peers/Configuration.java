// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The committed configurations of the programs that are measured, written where they find them. */
final class Configuration {
  /** At the end of lines that an access log needs. */
  static final String ACCESS_LOG = "# access log";

  /** At the end of lines that splice needs. */
  static final String SPLICE = "# splice";

  private Configuration() {}

  /**
   * Writes one.
   *
   * @param resource the committed file
   * @param file what to write
   * @param words replaced wherever they stand between two @
   * @param without marks of lines to leave out
   */
  static Path write(String resource, Path file, Map<String, String> words, List<String> without)
      throws IOException {
    try (InputStream stream = Configuration.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IOException("the resource " + resource + " is missing from the jar");
      }
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      Files.writeString(file, text(text, words, without));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      return file;
    }
  }

  /** The lines that are left, with the words replaced. Pure. */
  static String text(String text, Map<String, String> words, List<String> without) {
    String result =
        Arrays.stream(text.split("\n", -1))
            .filter(line -> without.stream().noneMatch(line.stripTrailing()::endsWith))
            .collect(Collectors.joining("\n"));
    for (Map.Entry<String, String> word : words.entrySet()) {
      result = result.replace("@" + word.getKey() + "@", word.getValue());
    }
    return result;
  }
}
