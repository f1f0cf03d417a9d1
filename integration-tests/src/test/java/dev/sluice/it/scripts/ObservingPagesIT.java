// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The pages about looking at a running mesh: every command of their shell blocks in a pod with
 * rules and a proxy, each expected to succeed, with the names of this test in the place of the
 * page's.
 */
final class ObservingPagesIT {
  private static final List<String> PAGES =
      List.of("trace.md", "observe.md", "doctor.md", "live-page.md");

  private static final String DOCTOR = "the tests of the doctor give it these options";

  /** Commands that are not run here, with the reason. */
  private static final Map<String, String> NOT_RUN =
      Map.of(
          "scripts/demo &", "a test of the demo observes one while it runs",
          "sudo scripts/demo --keep --page", "a test of the demo keeps a scene and asks its pages",
          "kubectl port-forward pod/NAME 15000", "needs a cluster",
          "scripts/sluice doctor --mode tproxy", DOCTOR,
          "scripts/sluice doctor --json", DOCTOR,
          "scripts/sluice doctor --netns pod1 --bundle report.txt", DOCTOR,
          "scripts/sluice doctor --netns /proc/4711/ns/net --cgroup /sys/fs/cgroup/kubepods/pod1",
              DOCTOR);

  private static final String PROLOGUE =
      """
      set -euo pipefail
      mount -t bpf bpf /sys/fs/bpf
      cd "$2"
      mkdir bin
      ln -s "$1" bin/sluice
      export PATH="$2/bin:$PATH"
      """;

  @Test
  @Timeout(120)
  void everyCommandSucceeds() throws Exception {
    try (Mesh mesh = Mesh.build();
        TestCgroup pod = TestCgroup.create("pages");
        ServerSocketChannel server = mesh.listen(Party.SERVER, Family.IPV4)) {
      mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT);
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT)) {
        Map<String, String> names = new LinkedHashMap<>();
        String client = mesh.namespace(Party.CLIENT).toString();
        int port = server.socket().getLocalPort();
        names.put("10.9.1.3:8080", Family.endpoint(Party.SERVER.address(Family.IPV4), port));
        names.put("--netns client", "--netns " + client);
        names.put("--through server", "--through " + mesh.namespace(Party.SERVER));
        names.put("--netns pod1", "--netns " + client);
        names.put("/proc/PID/", "/proc/" + proxy.pid() + "/");
        names.put("scripts/sluice", "sluice");
        // It would go on, and the whole host is not this test's.
        names.put("--follow", "--follow --limit 1s --cgroup " + pod.path());
        // Nobody here makes ten connections.
        names.put(
            "--to reviews:80 -f services.yaml --count 10", "--limit 1s --cgroup " + pod.path());

        String said = run(mesh, commands(names));

        assertThat(said)
            .containsSubsequence(
                "connect() to ",
                "observing " + pod.path(),
                "Healthy: ",
                "Healthy: ",
                "\"open_total\":")
            .doesNotContain("FAULT");
        proxy.stop();
      }
    }
  }

  /** What stands in the blocks of shell, but for comments and what is not run. */
  private static String commands(Map<String, String> names) throws IOException {
    List<String> commands = new ArrayList<>();
    List<String> left = new ArrayList<>();
    for (String page : PAGES) {
      boolean within = false;
      for (String line : Files.readAllLines(Checkout.home().resolve("docs").resolve(page))) {
        String command = line.replaceFirst("\\s+#.*", "");
        if (line.startsWith("```")) {
          within = !within && line.equals("```sh");
        } else if (within && NOT_RUN.containsKey(command)) {
          left.add(command);
        } else if (within) {
          commands.add(command);
        }
      }
    }
    assertThat(commands).hasSizeGreaterThan(6);
    assertThat(left).containsExactlyInAnyOrderElementsOf(NOT_RUN.keySet());
    String text = String.join("\n", commands) + "\n";
    for (Map.Entry<String, String> name : names.entrySet()) {
      assertThat(text).contains(name.getKey());
      text = text.replace(name.getKey(), name.getValue());
    }
    return text;
  }

  private static String run(Mesh mesh, String commands) throws IOException {
    Path folder = mesh.folder();
    Path script = Files.writeString(folder.resolve("pages.sh"), PROLOGUE + commands);
    CommandResult result =
        Command.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                "-c",
                "exec bash -x \"$0\" \"$@\" 2>&1",
                script.toString(),
                mesh.launcher(),
                folder.toString())
            .inNetworkNamespace(mesh.namespace(Party.CLIENT))
            .withTimeout(Duration.ofSeconds(100))
            .run();
    assertThat(result.succeeded()).as("%s", result).isTrue();
    return result.output();
  }
}
