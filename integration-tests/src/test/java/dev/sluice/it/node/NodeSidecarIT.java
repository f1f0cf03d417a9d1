// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.linux.socket.AddressFamily;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pods with sidecars, beside a node's proxy that has them fail open. */
@Timeout(120)
class NodeSidecarIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pattern COUNTERS = Pattern.compile("#.*|\\[\\d+:\\d+]");

  @TempDir private Path folder;
  private final NodeWorld world = NodeWorld.with(2);

  NodeSidecarIT() throws IOException {}

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  @ParameterizedTest
  @CsvSource({"REDIRECT, INET", "REDIRECT, INET6", "TPROXY, INET", "TPROXY, INET6"})
  void goesOnWithoutADeadSidecarAndWithItWhenItIsBack(String mode, AddressFamily family)
      throws Exception {
    world.inPod(1, Checkout.script("sluice"), "init", "-m", mode);
    String rules = rules();
    Process sidecar = sidecar(mode);
    try (EchoServer server = EchoServer.in(world, 1, family);
        NodeProcess node =
            NodeProcess.start(world, "--fail-open-sidecar", world.uid(1), "--drain-time", "0s")) {
      InetSocketAddress address = world.address(1, family, server.port());
      node.awaitLine("pod " + world.uid(1) + ": it goes on without its sidecar if that ends");
      assertThat(echoes(family, address)).isTrue();

      sidecar.destroyForcibly().onExit().join();
      long start = System.nanoTime();
      if (mode.equals("REDIRECT")) {
        // TPROXY drops what nobody listens for: the client tries again, and by then it is open.
        assertThatThrownBy(() -> Talk.connect(world, 2, family, address).close())
            .as("closed at first")
            .isInstanceOf(ConnectException.class);
      }
      await().atMost(PATIENCE).until(() -> echoes(family, address));
      System.err.println(
          "open after " + Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms");
      assertThat(server.peers().getLast().getAddress())
          .as("without a proxy")
          .isEqualTo(world.address(2, family, 0).getAddress());

      sidecar = sidecar(mode);
      node.awaitLine("its sidecar listens again; its rules are back");
      assertThat(rules()).isEqualTo(rules);
      assertThat(echoes(family, address)).isTrue();

      sidecar.destroyForcibly().onExit().join();
      await().atMost(PATIENCE).until(() -> echoes(family, address));
      assertThat(node.end("TERM")).isZero();
      assertThat(node.said())
          .anyMatch(line -> line.contains("nobody watches its sidecar any more"));
      assertThat(rules()).isEqualTo(rules);
      assertThatThrownBy(() -> Talk.connect(world, 2, family, address).close())
          .as("nobody is there to close it again, so it isn't left open")
          .isInstanceOf(IOException.class);
    } finally {
      sidecar.destroyForcibly().onExit().join();
    }
  }

  @Test
  void leavesRulesAloneThatItCouldNotMakeAgain() throws Exception {
    world.inPod(1, Checkout.script("sluice"), "init", "--redirect-dns");
    String rules = rules();
    Process sidecar = sidecar("REDIRECT");
    try (NodeProcess node = NodeProcess.start(world, "--fail-open-sidecar", world.uid(1))) {
      node.awaitLine("its rules can't be read back, so they stay, and it fails closed");
      sidecar.destroyForcibly().onExit().join();
      Thread.sleep(500);
      assertThat(rules()).isEqualTo(rules);
    } finally {
      sidecar.destroyForcibly().onExit().join();
    }
  }

  @Test
  void refusesToOpenWhatItDidNotClose() throws Exception {
    try (NodeProcess node = NodeProcess.launch(world, "--zds", "--fail-open")) {
      assertThat(node.awaitEnd()).isEqualTo(2);
      assertThat(node.said().getFirst())
          .contains("--fail-open without --pod; expected --pod: the rules of other pods");
    }
  }

  private boolean echoes(AddressFamily family, InetSocketAddress address) throws Exception {
    try (Talk talk = Talk.connect(world, 2, family, address)) {
      return talk.echoes();
    } catch (ConnectException e) {
      return false;
    }
  }

  private String rules() throws IOException {
    String all = world.inPod(1, "iptables-save") + world.inPod(1, "ip6tables-save");
    return COUNTERS.matcher(all + world.inPod(1, "ip", "rule")).replaceAll("");
  }

  /** In the group whose connections the rules leave alone; listens when this returns. */
  private Process sidecar(String mode) throws IOException {
    Path said = Files.createTempFile(folder, "sidecar", "");
    ProcessBuilder builder =
        new ProcessBuilder(
            "nsenter",
            "--net=" + world.path(1),
            "setpriv",
            "--regid",
            "1337",
            "--clear-groups",
            Checkout.script("sluice"),
            "proxy",
            "--interception-mode",
            mode);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
    await().atMost(PATIENCE).until(() -> Files.readString(said).contains("listening"));
    return process;
  }
}
