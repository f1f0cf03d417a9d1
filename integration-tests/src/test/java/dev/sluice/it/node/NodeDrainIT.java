// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.socket.AddressFamily;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A node's proxy that is told to end while its pods have connections. */
class NodeDrainIT {
  private final NodeWorld world;

  NodeDrainIT() throws IOException {
    world = NodeWorld.with(3);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  private NodeProcess node(String... options) throws IOException {
    NodeProcess node = NodeProcess.start(world, options);
    node.awaitPods(world, 1, 2, 3);
    return node;
  }

  @ParameterizedTest
  @EnumSource
  void letsOpenConnectionsEndAndAcceptsNoOthers(AddressFamily family) throws Exception {
    try (NodeProcess node = node("--pod", world.choice(), "--drain-time", "30s");
        EchoServer server = EchoServer.in(world, 2, family)) {
      InetSocketAddress address = world.address(2, family, server.port());
      try (Talk first = Talk.connect(world, 1, family, address);
          Talk second = Talk.connect(world, 3, family, address)) {
        assertThat(first.echoes() && second.echoes()).isTrue();
        node.signal("TERM");
        await().untilAsserted(() -> assertRefused(1, family, address));
        assertRefused(3, family, address);
        assertThat(first.echoes() && second.echoes()).isTrue();
      }
      assertThat(node.awaitEnd()).isZero();
      assertThat(node.records("outbound")).allMatch(line -> "closed".equals(line.get("outcome")));
    }
  }

  private void assertRefused(int pod, AddressFamily family, InetSocketAddress address) {
    assertThatThrownBy(() -> Talk.connect(world, pod, family, address).close())
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void hasOneDeadlineForAllPods() throws Exception {
    AddressFamily family = AddressFamily.INET;
    try (NodeProcess node = node("--pod", world.choice(), "--drain-time", "2s");
        EchoServer server = EchoServer.inNode(world, family);
        Talk first = Talk.connect(world, 1, family, world.gateway(1, family, server.port()));
        Talk second = Talk.connect(world, 2, family, world.gateway(2, family, server.port()));
        Talk third = Talk.connect(world, 3, family, world.gateway(3, family, server.port()))) {
      assertThat(first.echoes() && second.echoes() && third.echoes()).isTrue();
      long start = System.nanoTime();
      assertThat(node.end("TERM")).isZero();
      // One after the other it would be 6 s.
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(2), Duration.ofMillis(5500));
      assertThat(first.echoes() || second.echoes() || third.echoes()).isFalse();
      assertThat(node.said().stream().filter(line -> line.contains("open_at_end=1 "))).hasSize(3);
    }
  }

  @Test
  void endsAtOnceWhenToldAgain() throws Exception {
    AddressFamily family = AddressFamily.INET;
    try (NodeProcess node = node("--pod", world.choice(), "--drain-time", "1h");
        EchoServer server = EchoServer.in(world, 2, family)) {
      InetSocketAddress address = world.address(2, family, server.port());
      try (Talk talk = Talk.connect(world, 1, family, address)) {
        assertThat(talk.echoes()).isTrue();
        node.signal("TERM");
        await().untilAsserted(() -> assertRefused(1, family, address));
        assertThat(node.end("TERM")).isZero();
        assertThat(talk.echoes()).isFalse();
      }
    }
  }

  /** What is open stays where it is, though the rules that led it there are gone. */
  @ParameterizedTest
  @EnumSource
  void goesOnWithoutAProxyWhileTheOldConnectionsEnd(AddressFamily family) throws Exception {
    try (NodeProcess node = node("--pod", world.choice(), "--drain-time", "30s", "--fail-open");
        EchoServer server = EchoServer.in(world, 2, family)) {
      InetSocketAddress address = world.address(2, family, server.port());
      try (Talk old = Talk.connect(world, 1, family, address)) {
        assertThat(old.echoes()).isTrue();
        node.signal("TERM");
        await()
            .until(
                () -> {
                  try (Talk talk = Talk.connect(world, 1, family, address)) {
                    return talk.echoes() && server.peers().getLast().getPort() > 32_767;
                  }
                });
        assertThat(old.echoes()).as("through the proxy").isTrue();
      }
      assertThat(node.awaitEnd()).isZero();
    }
  }
}
