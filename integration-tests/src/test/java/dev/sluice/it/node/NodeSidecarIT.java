// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.process.Command;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    String rules = rules(1);
    Process sidecar = sidecar(1, mode);
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

      sidecar = sidecar(1, mode);
      node.awaitLine("its sidecar listens again; its rules are back");
      assertThat(rules(1)).isEqualTo(rules);
      assertThat(echoes(family, address)).isTrue();

      sidecar.destroyForcibly().onExit().join();
      await().atMost(PATIENCE).until(() -> echoes(family, address));
      assertThat(node.end("TERM")).isZero();
      assertThat(node.said())
          .anyMatch(line -> line.contains("nobody watches its sidecar any more"));
      assertThat(rules(1)).isEqualTo(rules);
      assertThatThrownBy(() -> Talk.connect(world, 2, family, address).close())
          .as("nobody is there to close it again, so it isn't left open")
          .isInstanceOf(IOException.class);
    } finally {
      sidecar.destroyForcibly().onExit().join();
    }
  }

  /**
   * Pod 1 has rules that can't be read back and a dead sidecar, pod 3 a sidecar that hangs. Pod 2
   * tells when the node has looked at all of them again: its own sidecar goes last and comes back.
   */
  @Test
  void staysClosedWithRulesThatItCouldNotMakeAgainAndWithASidecarThatHangs() throws Exception {
    world.add(3);
    world.inPod(1, Checkout.script("sluice"), "init", "--redirect-dns");
    List<Process> sidecars = new ArrayList<>();
    for (int pod = 1; pod <= 3; pod++) {
      if (pod > 1) {
        world.inPod(pod, Checkout.script("sluice"), "init");
      }
      sidecars.add(sidecar(pod, "REDIRECT"));
    }
    List<String> rules = List.of(rules(1), rules(3));
    try (EchoServer v4 = EchoServer.in(world, 3, AddressFamily.INET);
        EchoServer v6 = EchoServer.in(world, 3, AddressFamily.INET6);
        NodeProcess node = NodeProcess.start(world, "--fail-open-sidecar", world.choice())) {
      node.awaitLine("pod " + world.uid(1) + ": its rules can't be read back, so they stay");
      node.awaitLine("pod " + world.uid(2) + ": it goes on without its sidecar");
      node.awaitLine("pod " + world.uid(3) + ": it goes on without its sidecar");
      sidecars.get(0).destroyForcibly().onExit().join();
      Command.of("kill", "-STOP", Long.toString(sidecars.get(2).pid())).runOrThrow();
      sidecars.get(1).destroyForcibly().onExit().join();
      node.awaitLine("pod " + world.uid(2) + ": nobody listens at its sidecar's ports");
      for (AddressFamily family : AddressFamily.values()) {
        int port = (family == AddressFamily.INET ? v4 : v6).port();
        try (Talk talk = Talk.connect(world, 2, family, world.address(3, family, port))) {
          assertThat(talk.isAnswered()).as("its kernel accepts, and no byte moves").isFalse();
        }
      }
      sidecars.set(1, sidecar(2, "REDIRECT"));
      node.awaitLine("pod " + world.uid(2) + ": its sidecar listens again");
      assertThat(List.of(rules(1), rules(3))).isEqualTo(rules);
    } finally {
      for (Process sidecar : sidecars) {
        sidecar.destroyForcibly().onExit().join();
      }
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

  private String rules(int pod) throws IOException {
    String all = world.inPod(pod, "iptables-save") + world.inPod(pod, "ip6tables-save");
    return COUNTERS.matcher(all + world.inPod(pod, "ip", "rule")).replaceAll("");
  }

  /** In the group whose connections the rules leave alone; listens when this returns. */
  private Process sidecar(int pod, String mode) throws IOException {
    Path said = Files.createTempFile(folder, "sidecar", "");
    ProcessBuilder builder =
        new ProcessBuilder(
            "nsenter",
            "--net=" + world.path(pod),
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
