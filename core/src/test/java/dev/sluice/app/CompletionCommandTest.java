// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sluice prox          | proxy
          sluice lb ap         | apply
          sluice proxy --idle- | --idle-timeout
          sluice completion z  | zsh
          """)
  void completesInBash(String typed, String completed) throws Exception {
    Path script = Files.writeString(folder.resolve("script"), script("bash"));
    Process bash =
        new ProcessBuilder(
                "bash",
                "--norc",
                "-c",
                "source \"$1\"; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
                    + " _complete_sluice; echo ${COMPREPLY[@]}",
                "bash",
                script.toString(),
                typed)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(new String(bash.getInputStream().readAllBytes(), UTF_8)).isEqualTo(completed + "\n");
  }

  @Test
  void switchesTheCompletionOfBashOnInZsh() {
    assertThat(script("zsh")).contains("bashcompinit\n").endsWith(script("bash"));
  }

  private static String script(String shell) {
    StringWriter out = new StringWriter();
    int code =
        RootCommand.commandLine(Map.of()).setOut(new PrintWriter(out)).execute("completion", shell);
    assertThat(code).isZero();
    return out.toString();
  }
}
