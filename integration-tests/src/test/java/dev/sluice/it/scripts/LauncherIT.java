// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scripts/sluice} promises: any user, any folder, nothing written, one clear line. */
class LauncherIT {
  @TempDir private Path folder;

  private CopiedCheckout checkout;

  @BeforeEach
  void copyTheCheckout() throws IOException {
    checkout = CopiedCheckout.below(folder);
  }

  @Test
  void runsAsAnotherUserThroughALinkFromAnotherFolder() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("sluice"), Path.of(launcher()));
    CommandResult result = asNobody("env", "--chdir=/", link.toString(), "--help");
    assertThat(result.errors()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.output()).startsWith("Usage: sluice");
  }

  @Test
  void opensNothingForWritingAndCreatesNothing() throws IOException {
    Path trace = folder.resolve("trace");
    Command.of(
            "strace",
            "-f",
            "-qq",
            "-e",
            "trace=%file",
            "-o",
            trace.toString(),
            launcher(),
            "init",
            "--dry-run")
        .runOrThrow();
    assertThat(Files.readAllLines(trace))
        .filteredOn(call -> call.matches(".*(O_WRONLY|O_RDWR|O_CREAT|mkdir|rename|symlink).*"))
        .allMatch(call -> call.contains("\"/dev/") || call.contains("\"/proc/"));
  }

  @Test
  void leavesNoShellBehindTheJvm() throws IOException {
    Path trace = folder.resolve("trace");
    Command.of(
            "strace", "-qq", "-e", "trace=execve", "-o", trace.toString(), launcher(), "--version")
        .runOrThrow();
    assertThat(Files.readAllLines(trace)).last().asString().contains("/bin/java\"");
  }

  /** At a prompt, with the Tab key: zshmodules(1) has a terminal for that. */
  @Test
  void completesInZsh() throws IOException {
    Path script = folder.resolve("completion");
    Files.writeString(script, Command.of(launcher(), "completion", "zsh").runOrThrow());
    String typing =
        """
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "TERM=dumb; PS1='rea''dy> '; source $1"
        zpty -r shell seen '*ready> '
        shift
        for typed completed in "$@"; do
          zpty -w -n shell "$typed"$'\\t'
          zpty -r -m shell seen "*$completed*"
          print -r -- "$completed"
          zpty -w -n shell $'\\x15'
        done
        """;
    String completed =
        Command.of(
                "env",
                "ZDOTDIR=" + folder,
                "zsh",
                "-fc",
                typing,
                "zsh",
                script.toString(),
                "sluice prox",
                "sluice proxy",
                "sluice lb ap",
                "sluice lb apply",
                "sluice proxy --idle-",
                "sluice proxy --idle-timeout",
                "sluice completion z",
                "sluice completion zsh")
            .withTimeout(Duration.ofSeconds(20))
            .runOrThrow();
    assertThat(completed.lines()).hasSize(4);
  }

  @Test
  void saysWhichJdksItFoundWhenNoneWillDo() throws IOException {
    String script =
        """
        mount -t tmpfs none /usr/lib/jvm
        mkdir -p /usr/lib/jvm/old/bin
        echo 'JAVA_VERSION="17.0.2"' > /usr/lib/jvm/old/release
        ln -s /bin/true /usr/lib/jvm/old/bin/java
        JAVA_HOME= exec "$0" --version
        """;
    CommandResult result = Command.of("unshare", "-m", "bash", "-ec", script, launcher()).run();
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors())
        .isEqualTo(
            "sluice: needs a JDK of version 25 or later (bin/java) in JAVA_HOME or below"
                + " /usr/lib/jvm; found: /usr/lib/jvm/old (Java 17)\n");
  }

  @Test
  void saysThatNothingIsBuilt() throws IOException {
    Command.of("rm", "-r", checkout.home().resolve("core").toString()).runOrThrow();
    CommandResult result = Command.of(launcher(), "proxy").run();
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).hasLineCount(1).contains("not built yet", "run scripts/build");
  }

  @Test
  void saysThatAJarCannotBeRead() throws IOException {
    Command.of("chmod", "-R", "go-rwx", checkout.home().resolve("core/target/lib").toString())
        .runOrThrow();
    CommandResult result = asNobody(launcher(), "proxy");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).hasLineCount(1).contains("can't be read by uid 1337");
  }

  @Test
  void frontDoorsNameSudoWhenNotRoot() throws IOException {
    for (String door : List.of("demo", "test")) {
      CommandResult result = asNobody(checkout.script(door));
      assertThat(result.exitCode()).as(door).isEqualTo(1);
      assertThat(result.errors()).as(door).hasLineCount(1).contains("sudo scripts/" + door);
      assertThat(result.output()).as(door).isEmpty();
    }
  }

  private String launcher() {
    return checkout.script("sluice");
  }

  private static CommandResult asNobody(String... command) throws IOException {
    List<String> words =
        new ArrayList<>(List.of("setpriv", "--reuid=1337", "--regid=1337", "--clear-groups"));
    words.addAll(List.of(command));
    return Command.of(words.toArray(String[]::new)).run();
  }
}
