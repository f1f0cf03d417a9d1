// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the unit brings back after a reboot, which leaves neither a process nor a pin: with the
 * command of the unit itself, pointed at a cgroup and an eBPF file system of the test by variables,
 * as an {@code EnvironmentFile} does it.
 */
final class RebootIT {
  private static final String SAID = "sluice lb apply: ";
  private static final String FOLLOWING = SAID + "following the files until SIGTERM";

  /** Nothing that answers has the addresses of services. */
  private static final String NOBODY = "ECONNREFUSED";

  @TempDir private Path services;

  @Test
  void isUndoneByTheUnit() throws Exception {
    try (Scene scene = Scene.open("reboot")) {
      scene.backends(
          List.of("tcp:" + Scene.SERVER_V4 + ":9001:four", "tcp:" + Scene.SERVER_V6 + ":9001:six"));
      Files.writeString(
          services.resolve("v4.yaml"), ServiceYaml.web("10.96.0.1", Scene.SERVER_V4, 9001));
      Files.writeString(
          services.resolve("v6.yaml"),
          ServiceYaml.web("fd96::1", Scene.SERVER_V6, 9001).replace("web", "web6"));
      assertThat(answers(scene)).containsExactly(NOBODY, NOBODY);

      List<String> listed;
      try (Child unit = start(scene)) {
        awaitService(unit);
        assertThat(answers(scene)).containsExactly("four", "six");
        listed = listed(scene);
        Command.of("umount", scene.bpfFileSystem().toString()).runOrThrow();
      }
      // The kernel lets go of programs in its own time.
      await().until(() -> answers(scene).equals(List.of(NOBODY, NOBODY)));
      BpfFileSystem.mount(scene.bpfFileSystem());

      try (Child unit = start(scene)) {
        awaitService(unit);
        assertThat(answers(scene)).containsExactly("four", "six");
        assertThat(listed(scene)).hasSize(2).isEqualTo(listed);
        assertThat(unit.terminate()).isZero();
      }
      assertThat(answers(scene)).as("stay without the unit").containsExactly("four", "six");
    }
  }

  private Child start(Scene scene) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "env",
                "SLUICE_CGROUP=" + scene.cgroup(),
                "SLUICE_BPF_FS=" + scene.bpfFileSystem(),
                "sh",
                "-c",
                "exec \"$0\" \"$@\" 2>&1"));
    for (String word : command().split(" ", -1)) {
      words.add(
          word.replace("/opt/sluice", Checkout.home().toString())
              .replace("/etc/sluice/services", services.toString()));
    }
    return Child.start(Command.of(words.toArray(String[]::new)), scene.clientNamespace(), "");
  }

  private static String command() throws IOException {
    String start = "ExecStart=";
    return Files.readAllLines(Path.of(Checkout.script("systemd/sluice-lb.service"))).stream()
        .filter(line -> line.startsWith(start))
        .findFirst()
        .orElseThrow()
        .substring(start.length());
  }

  private static void awaitService(Child unit) throws Exception {
    assertThat(unit.readLine()).startsWith(SAID + "2 sets of backends in force");
    unit.expectLine(FOLLOWING);
  }

  private static List<String> answers(Scene scene) throws IOException {
    String text = "print(who('10.96.0.1', 80)); print(who('fd96::1', 80))";
    return scene.python(text).lines().toList();
  }

  /** By service; without what connections took, which differs by chance. */
  private static List<String> listed(Scene scene) throws IOException {
    String json =
        Command.of(
                Checkout.script("sluice"),
                "lb",
                "list",
                "--json",
                "--bpf-fs",
                "" + scene.bpfFileSystem())
            .runOrThrow()
            .replaceAll("MicrosSum\":\\d+", "MicrosSum");
    return Stream.of(json.strip().replaceAll("^\\[|]$", "").split(",(?=\\{\"name\")", -1))
        .sorted()
        .toList();
  }
}
