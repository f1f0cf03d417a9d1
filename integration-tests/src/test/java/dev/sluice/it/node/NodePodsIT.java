// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.trace.TracedPath;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.net.AddressText;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pods of a node, found by the names of their namespaces, served by one proxy. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodePodsIT {
  private static final int POD_CONNECTIONS = 20;

  private final NodeWorld world;
  private final NodeProcess node;

  NodePodsIT() throws IOException {
    world = NodeWorld.with(3);
    node =
        NodeProcess.start(
            world, "--pod", world.choice(), "--pod-connections", Integer.toString(POD_CONNECTIONS));
  }

  @BeforeAll
  void awaitPods() {
    node.awaitPods(world, 1, 2, 3);
  }

  @AfterAll
  void close() throws Exception {
    node.close();
    world.close();
  }

  /** NET_ADMIN, NET_RAW and SYS_ADMIN; what it executes gets no others. */
  @Test
  void givesUpWhatRootHasAndItDoesNotNeed() throws IOException {
    assertThat(node.rights())
        .containsExactly(
            "CapAmb:\t0000000000000000",
            "CapBnd:\t0000000000203000",
            "CapEff:\t0000000000203000",
            "CapInh:\t0000000000000000",
            "CapPrm:\t0000000000203000",
            "NoNewPrivs:\t1");
    assertThat(node.said()).noneMatch(line -> line.contains("keeping"));
  }

  @ParameterizedTest
  @EnumSource
  void carriesWhatLeavesOnePodAndArrivesInAnother(AddressFamily family) throws Exception {
    try (EchoServer server = EchoServer.in(world, 2, family);
        Talk talk = Talk.connect(world, 1, family, world.address(2, family, server.port()))) {
      assertThat(talk.echoes()).isTrue();
      assertThat(server.peers())
          .singleElement()
          .satisfies(
              peer -> {
                assertThat(peer.getAddress())
                    .as("the client's address is kept")
                    .isEqualTo(world.address(1, family, 0).getAddress());
                assertThat(peer.getPort()).as("a port apart").isBetween(1024, 32_767);
              });
      String client = text(world.address(1, family, talk.localPort()));
      String destination = text(world.address(2, family, server.port()));
      talk.hangUp();
      assertThat(record("outbound", "source", client))
          .containsEntry("mode", "node")
          .containsEntry("original_destination", destination)
          .containsEntry("outcome", "closed");
      assertThat(record("inbound", "original_destination", destination))
          .containsEntry("mode", "node")
          .containsEntry("outcome", "closed");
    }
  }

  /** Both of its decisions are the node's, in two namespaces of others. */
  @ParameterizedTest
  @EnumSource
  void isTracedFromOnePodToAnother(AddressFamily family) throws Exception {
    try (EchoServer server = EchoServer.in(world, 2, family)) {
      String destination = text(world.address(2, family, server.port()));
      String json =
          world.inPod(
              1,
              Checkout.script("sluice"),
              "trace",
              "--json",
              "--to",
              destination,
              "--through",
              world.path().toString(),
              "--through",
              world.path(2).toString());

      TracedPath path = TracedPath.parse(json);
      String client = path.only("client").get("local");
      assertThat(path.all("accept"))
          .extracting(hop -> hop.get("netns"))
          .containsExactly(world.podName(1), world.podName(2));
      assertThat(path.all("decision"))
          .satisfiesExactly(
              outbound ->
                  assertThat(outbound)
                      .containsEntry("direction", "outbound")
                      .containsEntry("mode", "node")
                      .containsEntry("client", client)
                      .containsEntry("original_destination", destination),
              inbound ->
                  assertThat(inbound)
                      .containsEntry("direction", "inbound")
                      .containsEntry("mode", "node")
                      .containsEntry("original_destination", destination));
      assertThat(path.only("server"))
          .containsEntry("netns", world.podName(2))
          .containsEntry("local", destination)
          .containsEntry("peer", path.all("upstream").getLast().get("local"));
    }
  }

  private Map<String, String> record(String direction, String key, String value) {
    return await()
        .until(
            () ->
                node.records(direction).stream()
                    .filter(line -> value.equals(line.get(key)))
                    .toList(),
            found -> !found.isEmpty())
        .getFirst();
  }

  private static String text(InetSocketAddress address) {
    return AddressText.of(address);
  }

  @ParameterizedTest
  @EnumSource
  void letsAPodReachItself(AddressFamily family) throws Exception {
    try (EchoServer server = EchoServer.in(world, 1, family);
        Talk talk = Talk.connect(world, 1, family, world.address(1, family, server.port()))) {
      assertThat(talk.echoes()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsANoisyPodToItsShare(AddressFamily family) throws Exception {
    List<Talk> noise = new ArrayList<>();
    // The node is a server that isn't a pod: nothing but the client's pod has a share in these.
    try (EchoServer server = EchoServer.inNode(world, family)) {
      for (int i = 0; i < 2 * POD_CONNECTIONS; i++) {
        try {
          noise.add(Talk.connect(world, 1, family, world.gateway(1, family, server.port())));
        } catch (SocketException e) {
          // The reset was faster than the end of the call.
        }
      }
      int working = 0;
      for (Talk talk : noise) {
        working += talk.echoes() ? 1 : 0;
      }
      assertThat(working).isEqualTo(POD_CONNECTIONS);
      try (Talk quiet = Talk.connect(world, 3, family, world.gateway(3, family, server.port()))) {
        assertThat(quiet.echoes()).as("another pod").isTrue();
      }
    } finally {
      for (Talk talk : noise) {
        talk.close();
      }
    }
    await()
        .until(
            () ->
                node.records("outbound").stream()
                        .filter(line -> "connection_limit".equals(line.get("outcome")))
                        .count()
                    >= POD_CONNECTIONS);
    awaitIdle(1, family);
  }

  /** What was open is over: the next test has the pod's whole share. */
  private void awaitIdle(int pod, AddressFamily family) {
    await()
        .until(
            () -> {
              try (EchoServer server = EchoServer.inNode(world, family);
                  Talk talk =
                      Talk.connect(world, pod, family, world.gateway(pod, family, server.port()))) {
                return talk.echoes();
              }
            });
  }

  @Test
  void podsComeAndGoBesideOthersThatNoticeNothing() throws Exception {
    int before = node.descriptors();
    try (EchoServer server = EchoServer.in(world, 2, AddressFamily.INET);
        Talk steady =
            Talk.connect(
                world,
                1,
                AddressFamily.INET,
                world.address(2, AddressFamily.INET, server.port()))) {
      assertThat(steady.echoes()).isTrue();
      for (int pod = 4; pod <= 5; pod++) {
        world.add(pod);
        node.awaitPods(world, pod);
        Talk open =
            Talk.connect(
                world,
                pod,
                AddressFamily.INET,
                world.address(2, AddressFamily.INET, server.port()));
        assertThat(open.echoes()).isTrue();
        assertThat(steady.echoes()).isTrue();
        open.close();
        world.remove(pod);
        int gone = pod;
        assertThat(node.awaitLine("pod " + world.uid(pod) + ": released", "is gone"))
            .contains("connections=1 ");
        world.awaitGone(gone);
        assertThat(steady.echoes()).isTrue();
      }
    }
    await().until(node::descriptors, now -> now <= before);
  }

  @ParameterizedTest
  @EnumSource
  void endsWhatIsOpenInANamespaceThatVanishes(AddressFamily family) throws Exception {
    int before = node.descriptors();
    int pod = family == AddressFamily.INET ? 6 : 7;
    world.add(pod);
    node.awaitPods(world, pod);
    EchoServer server = EchoServer.in(world, pod, family);
    Talk talk = Talk.connect(world, 1, family, world.address(pod, family, server.port()));
    assertThat(talk.echoes()).isTrue();
    world.remove(pod);
    assertThat(node.awaitLine("pod " + world.uid(pod) + ": released"))
        .contains("its network namespace is gone", "open_at_end=1 ", "shutdown=1");
    assertThat(talk.echoes()).isFalse();
    talk.close();
    server.close();
    world.awaitGone(pod);
    await().until(node::descriptors, now -> now <= before);
  }

  @Test
  void holdsNewConnectionsWhenStoppedRefusesThemWhenKilledAndServesThemWhenItIsBack()
      throws Exception {
    try (NodeWorld own = NodeWorld.with(2);
        EchoServer v4 = EchoServer.in(own, 2, AddressFamily.INET);
        EchoServer v6 = EchoServer.in(own, 2, AddressFamily.INET6)) {
      List<Destination> all =
          List.of(
              new Destination(own, AddressFamily.INET, v4),
              new Destination(own, AddressFamily.INET6, v6));
      try (NodeProcess first = NodeProcess.start(own, "--pod", own.choice())) {
        first.awaitPods(own, 1, 2);
        List<Talk> open = new ArrayList<>();
        for (Destination destination : all) {
          open.add(destination.connect());
          assertThat(open.getLast().echoes()).isTrue();
        }
        long stopped = System.nanoTime();
        first.signal("STOP");
        for (Destination destination : all) {
          open.add(destination.connectInVain(stopped));
        }
        first.signal("CONT");
        for (Talk talk : open) {
          assertThat(talk.echoes()).as("when it goes on").isTrue();
        }
        long killed = System.nanoTime();
        first.signal("KILL");
        for (Destination destination : all) {
          destination.awaitRefusal(killed);
        }
        for (Talk talk : open) {
          assertThat(talk.echoes()).isFalse();
          talk.close();
        }
      }
      try (NodeProcess second = NodeProcess.start(own, "--pod", own.choice(), "--fail-open")) {
        second.awaitPods(own, 1, 2);
        for (Destination destination : all) {
          destination.serves();
        }
        assertThat(second.end("TERM")).isZero();
        assertThat(second.said()).last().asString().startsWith("sluice node: stopped ");
      }
      for (Destination destination : all) {
        destination.serves();
        assertThat(destination.server().peers().getLast().getPort())
            .as("without a proxy, the client's own")
            .isGreaterThan(32_767);
      }
    }
  }

  /** A server in pod 2, for clients in pod 1. */
  private record Destination(NodeWorld world, AddressFamily family, EchoServer server) {
    Talk connect() throws Exception {
      return Talk.connect(world, 1, family, world.address(2, family, server.port()));
    }

    void serves() throws Exception {
      try (Talk talk = connect()) {
        assertThat(talk.echoes()).isTrue();
      }
    }

    /**
     * A connection that the kernel accepts for a proxy that does nothing with it. The first
     * attempts may still meet threads that are about to stop.
     */
    Talk connectInVain(long since) throws Exception {
      while (true) {
        long begun = System.nanoTime();
        Talk talk = connect();
        if (!talk.isAnswered()) {
          print("SIGSTOP: accepted, and no byte moves,", begun - since);
          return talk;
        }
        talk.close();
      }
    }

    /** The first attempts may still meet what is about to die. */
    void awaitRefusal(long since) throws Exception {
      while (true) {
        long begun = System.nanoTime();
        try (Talk talk = connect()) {
          talk.hangUp();
        } catch (ConnectException e) {
          print("SIGKILL: refused", begun - since);
          return;
        } catch (SocketException e) {
          // It died between the handshake and accept, before connect had returned.
          assertThat(e).hasMessage("Connection reset by peer");
        }
      }
    }

    private void print(String what, long nanos) {
      System.out.printf("node, %s after %d ms: %s%n", what, nanos / 1_000_000, family);
    }
  }
}
