// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The demo finds out when what a scenario rests on is taken away before its traffic. */
final class DemoSabotageIT {

  @ParameterizedTest
  @CsvSource({
    "redirect-outbound,client",
    "redirect-inbound,server",
    "tproxy-inbound,server",
    "denied-service-ip,client"
  })
  void failsExactlyTheScenarioWhoseRulesAreFlushedDuringTheHold(String name, String pod)
      throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", name, "--hold", "--json")) {
      demo.awaitErrors("Press Enter");
      String namespace = "sluice-" + demo.pid() + "-" + pod;
      assertThat(demo.errors()).contains("nsenter --net=/run/netns/" + namespace);
      Command.of("iptables", "-t", "nat", "-F")
          .inNetworkNamespace(Path.of("/run/netns", namespace))
          .runOrThrow();
      demo.pressEnter();

      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.output())
          .contains("\"name\":\"" + name + "\",\"family\":\"ipv4\",\"passed\":false")
          .contains("\"name\":\"" + name + "\",\"family\":\"ipv6\",\"passed\":true")
          .contains("\"passed\":1,\"failed\":1}");
    }
  }

  @Test
  void failsWhenTheGatewaysTransparentRulesAreFlushed() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", "tproxy-gateway", "--hold", "--json")) {
      demo.awaitErrors("Press Enter");
      Command.of("ip6tables", "-t", "mangle", "-F")
          .inNetworkNamespace(Path.of("/run/netns/sluice-" + demo.pid() + "-host"))
          .runOrThrow();
      demo.pressEnter();

      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.output())
          .contains("\"family\":\"ipv4\",\"passed\":true")
          .contains("\"family\":\"ipv6\",\"passed\":false");
    }
  }

  @Test
  void failsTheBypassWhenTheHooksAreDetachedDuringTheHold() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", "lb-on-bypass", "--hold", "--json")) {
      demo.awaitErrors("Press Enter");
      Command.of(
              Checkout.script("sluice"),
              "uninstall",
              "--bpf-fs",
              "/run/sluice/demo-" + demo.pid() + "/bpf")
          .runOrThrow();
      demo.pressEnter();

      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.output()).contains("\"passed\":0,\"failed\":2}");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "answer-service-ip, sluice_si_getsockopt, 0, 2",
    // On IPv6 HAProxy asks getsockname, as nginx does everywhere.
    "haproxy-service-ip, sluice_si_getsockopt, 1, 1",
    "nginx-service-ip, sluice_si_getsockname4, 1, 1",
    "socket-mode, sluice_cap_sk_lookup, 0, 2",
    "socket-mode, sluice_cap_getpeername4, 1, 1",
    "socket-service-ip, sluice_cap_connect4, 1, 1"
  })
  void failsWhenOneProgramIsDetached(String name, String program, int passed, int failed)
      throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", name, "--hold", "--json")) {
      demo.awaitErrors("Press Enter");
      detach(demo, program);
      demo.pressEnter();

      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.output()).endsWith("\"passed\":" + passed + ",\"failed\":" + failed + "}");
    }
  }

  @Test
  void failsSocketModeWhenARuleTracksConnections() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", "socket-mode", "--hold", "--json")) {
      demo.awaitErrors("Press Enter");
      Command.of("iptables", "-A", "OUTPUT", "-m", "conntrack", "--ctstate", "NEW")
          .inNetworkNamespace(Path.of("/run/netns/sluice-" + demo.pid() + "-client"))
          .runOrThrow();
      demo.pressEnter();

      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.output())
          .contains("\"passed\":0,\"failed\":2}")
          .containsPattern("\"observed\":\"tracked=[1-9][0-9]* rules=[1-9]");
    }
  }

  /** Its pins stay: what is gone is the attachment alone. */
  private static void detach(DemoProcess demo, String program) throws Exception {
    Path features = Path.of("/run/sluice/demo-" + demo.pid() + "/bpf/sluice");
    int detached = 0;
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(features)) {
      for (Path folder : folders) {
        Path link = folder.resolve("links").resolve(program);
        if (Files.exists(link)) {
          Command.of("bpftool", "link", "detach", "pinned", link.toString()).runOrThrow();
          detached++;
        }
      }
    }
    assertThat(detached).as("links of " + program).isPositive();
  }
}
