// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The pages for operators: every command of each. */
@Timeout(120)
final class OperatorPagesIT {
  @Test
  void upgradeKeepsServing() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      String said = OperatorPage.of("upgrade.md").run(mesh);
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
      String said = OperatorPage.of("uninstall.md").run(mesh);
      assertThat(said).contains("sluice proxy: stopped ").doesNotContain("SLUICE");
      assertThat(state(mesh)).isEqualTo(before);
    }
  }

  @Test
  void troubleshootingShowsWhatItPromises() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      String said = OperatorPage.of("troubleshooting.md").run(mesh);
      assertThat(said)
          .contains("captured outbound, by the listener on 15001")
          .contains("users:((\"java\"")
          .contains("CapEff:\t0000000000000000")
          .contains("\"commit\"")
          .contains("sluice proxy: stopped ");
    }
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
