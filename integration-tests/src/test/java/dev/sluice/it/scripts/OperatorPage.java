// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A page of the documentation, as somebody works who reads it from top to bottom: every command in
 * order, in one shell, as root in the network namespace of a pod, each expected to succeed.
 *
 * @param name of the file below {@code docs}
 * @param before what the shell does first: what the page takes for granted
 */
record OperatorPage(String name, String before) {
  /** What a block may hold that isn't commands. */
  private static final Set<String> SHOWN = Set.of("```text", "```json", "```yaml");

  /** Files of the host are covered by others, for this shell alone. */
  private static final String PROLOGUE =
      """
      set -euo pipefail
      mount -t tmpfs -o mode=0755 tmpfs /mnt
      mkdir -p /mnt/upper/sluice/policies /mnt/work /mnt/bin
      mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work overlay /etc
      mount -t tmpfs -o mode=0755 tmpfs /var/log
      mkdir /var/log/sluice
      chown 1337:1337 /var/log/sluice
      mount -t bpf bpf /sys/fs/bpf
      ln -s "$1" /mnt/bin/sluice
      export PATH="/mnt/bin:$PATH" XDG_RUNTIME_DIR="$2" SLUICE_CGROUP="$4"
      cp "$3" /etc/sluice/policies/policy.yaml
      cd "$2"
      trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
      """;

  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        clusterIPs: [10.96.0.10]
        ports: [{port: 80}]
      """;

  private static final String DEPLOYMENT =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
              - {name: web, image: registry.example/web:1}
      """;

  /** One that takes nothing for granted but {@code sluice}, a policy and a deployment. */
  static OperatorPage of(String name) {
    return new OperatorPage(name, "");
  }

  /** Runs all of it; what the commands printed, both streams, without the commands themselves. */
  String run(Mesh mesh) throws IOException {
    try (TestCgroup cgroup = TestCgroup.create("page")) {
      return run(mesh, cgroup);
    }
  }

  private String run(Mesh mesh, TestCgroup cgroup) throws IOException {
    Path folder = mesh.folder();
    Files.writeString(folder.resolve("deployment.yaml"), DEPLOYMENT);
    Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
    Path script = folder.resolve("page.sh");
    Path page = Checkout.home().resolve("docs").resolve(name);
    Files.writeString(script, PROLOGUE + before + "set -x\n" + commands(page));
    CommandResult result =
        // What it printed before it got stuck is worth more than the exception of a time limit.
        Command.of(
                "timeout",
                "--signal=KILL",
                "80",
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "bash",
                "-c",
                "exec bash \"$0\" \"$@\" 2>&1",
                script.toString(),
                mesh.launcher(),
                folder.toString(),
                policy.toString(),
                cgroup.path().toString())
            .inNetworkNamespace(mesh.namespace(Party.CLIENT))
            .withTimeout(Duration.ofSeconds(100))
            .run();
    assertThat(result.succeeded()).as("%s", result).isTrue();
    // The trace shows the commands themselves.
    return String.join("\n", result.output().lines().filter(OperatorPage::isPrinted).toList());
  }

  private static boolean isPrinted(String line) {
    return !line.startsWith("+");
  }

  /** What stands in the blocks of shell. Others have to say what they show instead. */
  private static String commands(Path page) throws IOException {
    List<String> commands = new ArrayList<>();
    String within = "";
    for (String line : Files.readAllLines(page)) {
      if (line.startsWith("```")) {
        assertThat(
                within.isEmpty()
                    ? SHOWN.contains(line) || line.equals("```sh")
                    : line.equals("```"))
            .as("%s: '%s' in '%s'", page, line, within)
            .isTrue();
        within = within.isEmpty() ? line : "";
      } else if (within.equals("```sh")) {
        commands.add(line);
      }
    }
    assertThat(commands).hasSizeGreaterThan(3);
    return String.join("\n", commands) + "\n";
  }
}
