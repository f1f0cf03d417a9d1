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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The pages for operators, as somebody works who reads one from top to bottom: every command in
 * order, in one shell, as root in the network namespace of a pod, each expected to succeed.
 */
@Timeout(120)
final class OperatorPagesIT {
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

  @Test
  void upgradeKeepsServing() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      String said = run(mesh, "upgrade.md");
      assertThat(said)
          .contains("took over 0")
          .contains("handed_over=0")
          .contains("sluice proxy: stopped ")
          .containsSubsequence(
              "1 sets of backends in force",
              "shop/web:80/TCP/IPv4  10.96.0.10:80/TCP",
              "lb on ",
              "/slt-loader-page-");
      String manifests =
          mesh.in(
              Party.CLIENT,
              "find",
              Path.of(mesh.folder().toString(), "..").toString(),
              "-name",
              "with-sidecar.yaml",
              "-exec",
              "cat",
              "{}",
              "+");
      assertThat(manifests).contains("registry.example/sluice:0.2.0");
    }
  }

  @Test
  void uninstallLeavesTheNamespaceAsItWas() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      List<String> before = state(mesh);
      String said = run(mesh, "uninstall.md");
      assertThat(said).contains("sluice proxy: stopped ").doesNotContain("SLUICE");
      assertThat(state(mesh)).isEqualTo(before);
    }
  }

  @Test
  void troubleshootingShowsWhatItPromises() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      String said = run(mesh, "troubleshooting.md");
      assertThat(said)
          .contains("captured outbound, by the listener on 15001")
          .contains("users:((\"java\"")
          .contains("CapEff:\t0000000000000000")
          .contains("\"commit\"")
          .contains("sluice proxy: stopped ");
    }
  }

  private static String run(Mesh mesh, String page) throws IOException {
    try (TestCgroup cgroup = TestCgroup.create("page")) {
      return run(mesh, page, cgroup);
    }
  }

  private static String run(Mesh mesh, String page, TestCgroup cgroup) throws IOException {
    Path folder = mesh.folder();
    Files.writeString(folder.resolve("deployment.yaml"), DEPLOYMENT);
    Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
    Path script = folder.resolve("page.sh");
    Files.writeString(script, PROLOGUE + commands(Checkout.home().resolve("docs").resolve(page)));
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
                folder.toString(),
                policy.toString(),
                cgroup.path().toString())
            .inNetworkNamespace(mesh.namespace(Party.CLIENT))
            .withTimeout(Duration.ofSeconds(100))
            .run();
    assertThat(result.succeeded()).as("%s", result).isTrue();
    // The trace shows the commands themselves.
    return String.join("\n", result.output().lines().filter(OperatorPagesIT::isPrinted).toList());
  }

  private static boolean isPrinted(String line) {
    return !line.startsWith("+");
  }

  /** What stands in the blocks of shell; a page has no others. */
  private static String commands(Path page) throws IOException {
    List<String> commands = new ArrayList<>();
    boolean within = false;
    for (String line : Files.readAllLines(page)) {
      if (line.startsWith("```")) {
        assertThat(line).isIn(within ? List.of("```") : List.of("```sh"));
        within = !within;
      } else if (within) {
        commands.add(line);
      }
    }
    assertThat(commands).hasSizeGreaterThan(5);
    return String.join("\n", commands) + "\n";
  }

  private static List<String> state(Mesh mesh) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String command :
        List.of(
            "ip rule",
            "ip -6 rule",
            "ip route show table all",
            "ip -6 route show table all",
            "ip -o address",
            "nft list ruleset")) {
      mesh.in(Party.CLIENT, command.split(" ", -1))
          .lines()
          .map(line -> line.replaceAll("valid_lft \\S+|preferred_lft \\S+|expires \\S+", ""))
          .forEach(lines::add);
    }
    return lines;
  }
}
