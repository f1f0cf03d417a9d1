// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What a running node's proxy says of its pods. */
class NodeStatusIT {
  @TempDir private Path folder;
  private final NodeWorld world = NodeWorld.with(2);

  NodeStatusIT() throws IOException {}

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  @Test
  void saysWhatEachPodHas() throws Exception {
    try (NodeProcess node =
            NodeProcess.start(
                world,
                "--pod",
                world.choice(),
                "--pod-connections",
                "7",
                "--pod-memory",
                "1Mi",
                "--drain-time",
                "0s");
        EchoServer server = EchoServer.inNode(world, AddressFamily.INET)) {
      node.awaitPods(world, 1, 2);
      var address = world.gateway(1, AddressFamily.INET, server.port());
      Talk ended = Talk.connect(world, 1, AddressFamily.INET, address);
      assertThat(ended.echoes()).isTrue();
      ended.close();
      try (Talk open = Talk.connect(world, 1, AddressFamily.INET, address)) {
        assertThat(open.echoes()).isTrue();
        await().until(() -> number(pod(1), "total", "closed") == 1);
        Map<?, ?> busy = pod(1);
        assertThat(busy.get("pod")).isEqualTo(world.uid(1));
        assertThat(busy.get("state")).isEqualTo("served");
        assertThat(busy.get("rules")).isEqualTo("ours");
        assertThat(node.said())
            .contains(
                "sluice node: pod %s: served in net:[%s]"
                    .formatted(world.uid(1), busy.get("namespace")));
        assertThat(number(busy, "connections_open", "now")).isOne();
        assertThat(number(busy, "connections_open", "most")).isEqualTo(7);
        assertThat(number(busy, "bytes_held", "now")).isZero();
        assertThat(number(busy, "bytes_held", "most")).isEqualTo(1 << 20);
        assertThat(number(busy, "total", "connections")).isEqualTo(2);
        assertThat(number(busy, "total", "bytes_received")).isEqualTo(14);
        assertThat(number(pod(2), "total", "connections")).isZero();
        assertThat(status().output().lines())
            .hasSize(2)
            .anySatisfy(
                line ->
                    assertThat(line)
                        .startsWith("pod " + world.uid(1) + ": served in net:[")
                        .endsWith(
                            "1 of 7 connections, 0 of 1048576 bytes held;"
                                + " connections=2 closed=1 bytes_received=14 bytes_sent=14"));
      }
      Path socket = socket();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(node.end("TERM")).isZero();
      assertThat(socket).doesNotExist();
      assertThat(Path.of("/run/sluice", inode())).doesNotExist();
    }
    CommandResult none = status();
    assertThat(none.exitCode()).isOne();
    assertThat(none.errors()).contains("expected 'sluice node' to run in this network namespace");
    assertThat(none.errors()).hasLineCount(1);
  }

  @Test
  void takesThePlaceOfADeadOneAndLeavesALivingOneAlone() throws Exception {
    String socket = folder.resolve("status").toString();
    String[] options = {"--pod", world.uid(1), "--status-socket", socket};
    try (NodeProcess first = NodeProcess.start(world, options)) {
      assertThat(status("--status-socket", socket).output()).hasLineCount(1);
      try (NodeProcess second = NodeProcess.launch(world, options)) {
        assertThat(second.awaitEnd()).isOne();
        assertThat(second.said())
            .containsExactly(
                "sluice node: listening at "
                    + socket
                    + ": another process does; expected another --status-socket");
      }
      first.end("KILL");
    }
    try (NodeProcess _ = NodeProcess.start(world, options)) {
      assertThat(status("--status-socket", socket).output()).contains(world.uid(1));
    }
  }

  private CommandResult status(String... options) throws IOException {
    String[] words = {Checkout.script("sluice"), "node", "status"};
    return Command.of(
            Stream.of(List.of(words), List.of(options))
                .flatMap(List::stream)
                .toArray(String[]::new))
        .inNetworkNamespace(world.path())
        .run();
  }

  private Path socket() throws IOException {
    return Path.of("/run/sluice", inode(), "node.sock");
  }

  private String inode() throws IOException {
    return String.valueOf(Files.getAttribute(world.path(), "unix:ino"));
  }

  /** JSON is YAML. */
  private Map<?, ?> pod(int pod) throws IOException {
    CommandResult result = status("--json");
    assertThat(result.exitCode()).as(result.errors()).isZero();
    Map<?, ?> document =
        (Map<?, ?>)
            Objects.requireNonNull(
                new Load(LoadSettings.builder().build()).loadFromString(result.output()));
    for (Object each : (List<?>) Objects.requireNonNull(document.get("pods"))) {
      if (world.uid(pod).equals(((Map<?, ?>) each).get("uid"))) {
        return (Map<?, ?>) each;
      }
    }
    throw new AssertionError("pod " + pod + " isn't in " + result.output());
  }

  private static int number(Map<?, ?> pod, String object, String name) {
    return (Integer)
        Objects.requireNonNull(
            ((Map<?, ?>) Objects.requireNonNull(pod.get(object))).get(name), name);
  }
}
