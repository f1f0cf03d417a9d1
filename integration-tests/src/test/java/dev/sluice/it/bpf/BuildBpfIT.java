// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The committed objects are what the sources give with the recorded clang, on any machine. */
class BuildBpfIT {
  private static final String OBJECTS = "resources/dev/sluice/linux/bpf";

  @TempDir private Path folder;

  @Test
  void objectsAreWhatTheSourcesGive() throws IOException {
    Path built = folder.resolve("built");
    Command.of(Checkout.script("build-bpf"), "--into", built.toString()).runOrThrow();
    assertThat(Files.readString(built.resolve("clang-version")))
        .as("clang here, against the one that the committed objects were made with")
        .isEqualTo(Files.readString(objects("main").resolve("clang-version")));
    for (String set : List.of("main", "test")) {
      assertThat(ObjectDrift.between(objects(set), built.resolve(set)))
          .as("objects of %s; scripts/build-bpf makes them anew", set)
          .isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          __uint(max_entries, 4096) | __uint(max_entries, 8192) | other maps
          limit = 7;                | limit = 8;                | other content of .rodata
          (port > limit)            | (port >= limit)           | other instructions of record
          /* read once: the         | /* read just once: the    | other types or source lines
          __u32 length;             | __u32 bits;               | other types or source lines
          """)
  void noticesOneChange(String before, String after, String difference) throws IOException {
    Path source = copySources().resolve("test/bpf/kinds.bpf.c");
    String text = Files.readString(source);
    assertThat(text).contains(before);
    String changed = text.replace(before, after).replace(".length = 32", lengthField(after));
    Files.writeString(source, changed);
    assertThat(driftOfCopy()).anySatisfy(line -> assertThat(line).contains(difference));
  }

  @Test
  void givesTheSameObjectsInAnotherFolder() throws IOException {
    copySources();
    assertThat(driftOfCopy()).isEmpty();
  }

  @Test
  void carriesNoPathOfTheMachineThatBuiltIt() throws IOException {
    for (String set : List.of("main", "test")) {
      try (Stream<Path> files = Files.list(objects(set))) {
        for (Path object : files.filter(file -> file.toString().endsWith(".o")).toList()) {
          assertThat(new String(Files.readAllBytes(object), ISO_8859_1))
              .doesNotContain(Checkout.home().toString())
              .doesNotContain("/home/")
              .doesNotContain("/tmp/");
        }
      }
    }
  }

  private static String lengthField(String after) {
    return after.contains("bits") ? ".bits = 32" : ".length = 32";
  }

  private List<String> driftOfCopy() throws IOException {
    Path built = folder.resolve("built");
    Command.of(
            Checkout.script("build-bpf"),
            "--from",
            folder.resolve("from").toString(),
            "--into",
            built.toString())
        .runOrThrow();
    return ObjectDrift.between(objects("test"), built.resolve("test"));
  }

  private Path copySources() throws IOException {
    Path copy = folder.resolve("from");
    for (String set : List.of("main", "test")) {
      Path to = Files.createDirectories(copy.resolve(set).resolve("bpf"));
      try (Stream<Path> files = Files.list(sources(set).resolve("bpf"))) {
        for (Path file : files.toList()) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
    return copy;
  }

  private static Path objects(String set) {
    return sources(set).resolve(OBJECTS);
  }

  private static Path sources(String set) {
    return Checkout.home().resolve("native/src").resolve(set);
  }
}
