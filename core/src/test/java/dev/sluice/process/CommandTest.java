// SPDX-License-Identifier: Apache-2.0
package dev.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CommandTest {
  private static final Path POD = Path.of("/run/netns/pod");

  @Test
  void startsEveryProgramByItsAbsolutePath() throws CommandException {
    assertThat(Command.of("ls", "-l").words()).containsExactly(at("ls"), "-l");
    assertThat(Command.of("ls", "-l").inNetworkNamespace(POD).words())
        .containsExactly(at("nsenter"), "--net=/run/netns/pod", "--", at("ls"), "-l");
    assertThat(Command.of("/opt/own", "ls").inNetworkNamespace(POD).words())
        .endsWith("--", "/opt/own", "ls");
  }

  @Test
  void keepsNamespaceAndInputWhateverTheOrder() {
    Command command =
        Command.of("ls")
            .inNetworkNamespace(POD)
            .withInput("text")
            .withTimeout(Duration.ofSeconds(1));

    assertThat(command.namespace()).contains(POD);
    assertThat(command.input()).isEqualTo("text");
    assertThat(command.commandLine()).isEqualTo("nsenter --net=/run/netns/pod -- ls");
  }

  @Test
  void namesTheProgramThatIsMissingInANamespaceToo() {
    for (Command command :
        List.of(Command.of("slt-gone"), Command.of("slt-gone").inNetworkNamespace(POD))) {
      assertThatThrownBy(command::run)
          .isInstanceOf(CommandException.class)
          .hasMessage(
              "running '"
                  + command.commandLine()
                  + "': the program 'slt-gone' is not installed; expected it in /usr/sbin or"
                  + " /usr/bin");
    }
  }

  @Test
  void givesTheProgramTheFixedPath() throws CommandException {
    assertThat(Command.of("env").runOrThrow().lines())
        .contains("PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin");
  }

  @Test
  void takesOutWhatLoadsCode() {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "PATH", "/tmp/own",
                "LD_PRELOAD", "/tmp/own.so",
                "LD_LIBRARY_PATH", "/tmp/own",
                "XTABLES_LIBDIR", "/tmp/own",
                "IP_LIB_DIR", "/tmp/own",
                "NOTIFY_SOCKET", "/run/systemd/notify"));

    Programs.restrict(environment);

    assertThat(environment).containsOnlyKeys("PATH", "NOTIFY_SOCKET");
    assertThat(environment.get("PATH")).startsWith("/usr/sbin:");
  }

  private static String at(String program) {
    return Programs.find(program).orElseThrow().toString();
  }
}
