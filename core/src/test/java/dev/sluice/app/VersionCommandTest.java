// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.bpf.BpfObjects;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VersionCommandTest {
  private static final Path COMMITTED =
      Path.of("../native/src/main/resources/dev/sluice/linux/bpf");

  @Test
  void knowsEveryCommittedObject() throws IOException {
    try (Stream<Path> files = Files.list(COMMITTED)) {
      List<String> objects =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".bpf.o"))
              .map(name -> name.substring(0, name.length() - ".bpf.o".length()))
              .sorted()
              .toList();
      assertThat(BpfObjects.names()).isEqualTo(objects);
    }
  }

  @Test
  void printsWhatSha256sumPrints() throws Exception {
    Process sha256sum =
        new ProcessBuilder(
                Stream.concat(
                        Stream.of("sha256sum"),
                        BpfObjects.names().stream().map(name -> name + ".bpf.o"))
                    .toList())
            .directory(COMMITTED.toFile())
            .start();
    String expected = new String(sha256sum.getInputStream().readAllBytes(), UTF_8);

    assertThat(run("version")).startsWith("sluice ").contains("\ncommit ").endsWith(expected);
    String json = run("version", "--json");
    assertThat(json).startsWith("{\"version\":").contains("\"commit\":").hasLineCount(1);
    expected
        .lines()
        .map(line -> line.split(" +", -1))
        .forEach(words -> assertThat(json).contains("\"%s\":\"%s\"".formatted(words[1], words[0])));
  }

  private static String run(String... arguments) {
    StringWriter out = new StringWriter();
    int code = RootCommand.commandLine(Map.of()).setOut(new PrintWriter(out)).execute(arguments);
    assertThat(code).isZero();
    return out.toString();
  }
}
