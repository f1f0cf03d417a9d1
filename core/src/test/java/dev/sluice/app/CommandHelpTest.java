// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The help of every command, and the page about the command line. */
class CommandHelpTest {
  private static final String EXAMPLE = "Example: ";

  static List<String> commands() {
    return below(RootCommand.commandLine(Map.of())).toList();
  }

  private static Stream<String> below(CommandLine command) {
    return Stream.concat(
        Stream.of(command.getCommandSpec().qualifiedName()),
        command.getSubcommands().values().stream().distinct().flatMap(CommandHelpTest::below));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void hasExamplesThatAreUnderstood(String name) {
    List<String> examples =
        Stream.of(command(name).getCommandSpec().usageMessage().description())
            .filter(line -> line.startsWith(EXAMPLE))
            .map(line -> line.substring(EXAMPLE.length()))
            .toList();

    assertThat(examples).isNotEmpty();
    for (String example : examples) {
      assertThat(example).contains(name);
      if (example.startsWith("sluice ")) {
        String[] words = example.replaceAll(" >.*", "").replace("'", "").split(" ", -1);
        assertThatNoException()
            .as(example)
            .isThrownBy(
                () ->
                    RootCommand.commandLine(Map.of())
                        .parseArgs(List.of(words).subList(1, words.length).toArray(String[]::new)));
      }
    }
  }

  private static CommandLine command(String name) {
    CommandLine command = RootCommand.commandLine(Map.of());
    for (String word : name.substring("sluice".length()).strip().split(" ", -1)) {
      command = word.isEmpty() ? command : requireNonNull(command.getSubcommands().get(word));
    }
    return command;
  }

  @Test
  void thePageNamesEveryCommandAndExitCode() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "command-line.md"));

    assertThat(page.lines().filter(line -> line.startsWith("| `sluice")).map(CommandHelpTest::cell))
        .containsExactlyInAnyOrderElementsOf(
            commands().stream().filter(name -> !name.equals("sluice")).toList());
    Map<String, String> codes =
        RootCommand.commandLine(Map.of()).getCommandSpec().usageMessage().exitCodeList();
    codes.forEach((code, meaning) -> assertThat(page).contains("| " + code + " | " + meaning));
  }

  @Test
  void thePageNamesEveryCommandThatPrintsJson() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "command-line.md"));
    int start = page.indexOf("`--json`:") + "`--json`:".length();
    String named = page.substring(start, page.indexOf(". ", start)).replaceAll("\\([^)]*\\)", "");

    assertThat(named.split(",", -1))
        .extracting(name -> "sluice " + name.strip().replace("`", ""))
        .containsExactlyInAnyOrderElementsOf(
            commands().stream().filter(CommandHelpTest::printsJson).toList());
  }

  private static boolean printsJson(String name) {
    return command(name).getCommandSpec().findOption("--json") != null;
  }

  private static String cell(String row) {
    return row.substring(row.indexOf('`') + 1, row.indexOf('`', 4));
  }
}
