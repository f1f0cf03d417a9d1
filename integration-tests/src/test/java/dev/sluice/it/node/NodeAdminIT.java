// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What operators, the kubelet and Prometheus ask a node's proxy, with foreign clients. */
class NodeAdminIT {
  private static final String ADMIN = "http://127.0.0.1:15000";
  private static final String READY = "http://127.0.0.1:15021/healthz/ready";
  private static final String LIVE = "http://127.0.0.1:15021/healthz/live";
  private static final String REFUSAL =
      "POST /quitquitquit at a port that every user of the node reaches; expected it at admin.sock,"
          + " as sluice ctl asks\n";
  private static final int WORDS = 14;

  @TempDir private Path folder;
  private final NodeWorld world = NodeWorld.with(2);

  NodeAdminIT() throws IOException {}

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = AddressFamily.class,
      names = {"INET", "INET6"})
  void tellsOfEachPodWhatItHas(AddressFamily family) throws Exception {
    try (NodeProcess node = NodeProcess.start(world, "--pod", world.choice());
        EchoServer server = EchoServer.inNode(world, family)) {
      node.awaitPods(world, 1, 2);
      assertThat(curl(READY)).isEqualTo("ready\n");
      assertThat(curl(LIVE)).isEqualTo("alive\n");
      assertThat(curl(ADMIN + "/config_dump")).contains("\"interception_mode\":\"NODE\"");
      assertThat(curl(ADMIN + "/listeners"))
          .contains("*:15001 in pod " + world.uid(1), "*:15006 in pod " + world.uid(2));
      Process follower = follow();
      try {
        try (Talk first = talk(1, family, server);
            Talk second = talk(2, family, server)) {
          assertThat(first.echoes() && second.echoes()).isTrue();
          String open = curl(ADMIN + "/connections");
          assertThat(open)
              .contains("\"open\":2", "\"pod\":\"" + world.uid(1), "\"pod\":\"" + world.uid(2));
          assertThat(curl(ADMIN + "/")).contains("live.js");
          assertThat(curl(ADMIN + "/live.json")).contains("\"mode\":\"node\"", "\"open_total\":2");
          assertThat(ctl("connections").output()).contains("\"open\":2", world.uid(1));
          assertThat(stats())
              .contains(
                  "\nsluice_connections_accepted_total 2\n",
                  "\nsluice_pods{state=\"served\"} 2\n",
                  "\nsluice_pod_connections_open{pod=\"%s\"} 1\n".formatted(world.uid(2)));
        }
        await().until(() -> stats().contains("\nsluice_connections_open 0\n"));
      } finally {
        node.end("TERM");
        assertThat(follower.waitFor(20, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(Files.readString(folder.resolve("followed")))
          .contains("\"pod\":\"" + world.uid(1) + "\"", "\"pod\":\"" + world.uid(2) + "\"")
          .hasLineCount(2);
      assertThat(node.records("outbound").stream().map(line -> line.get("pod")))
          .containsExactlyInAnyOrder(world.uid(1), world.uid(2));
      assertThat(Path.of("/run/sluice", inode())).doesNotExist();
    }
  }

  @Test
  void countsWhatTheClientsCountAndPromtoolUnderstandsIt() throws Exception {
    try (NodeProcess node = NodeProcess.start(world, "--pod", world.choice());
        EchoServer server = EchoServer.inNode(world, AddressFamily.INET)) {
      node.awaitPods(world, 1, 2);
      for (int i = 0; i < 6; i++) {
        try (Talk talk = talk(1 + i % 2, AddressFamily.INET, server)) {
          assertThat(talk.echoes()).isTrue();
        }
      }
      await().until(() -> total("istio_tcp_connections_closed_total") == 6);
      assertThat(total("istio_tcp_connections_opened_total")).isEqualTo(6);
      assertThat(total("istio_tcp_received_bytes_total")).isEqualTo(6 * WORDS);
      assertThat(total("istio_tcp_sent_bytes_total")).isEqualTo(6 * WORDS);
      assertThat(total("sluice_intercepted_connections_total")).isEqualTo(6);
      CommandResult checked = Command.of("promtool", "check", "metrics").withInput(stats()).run();
      assertThat(checked.output() + checked.errors()).isEmpty();
      assertThat(checked.exitCode()).isZero();
    }
  }

  @Test
  void drainsEveryPodAndEndsWhenTold() throws Exception {
    try (NodeProcess node =
            NodeProcess.start(world, "--pod", world.choice(), "--drain-time", "0s");
        EchoServer server = EchoServer.inNode(world, AddressFamily.INET)) {
      node.awaitPods(world, 1, 2);
      try (Talk open = talk(1, AddressFamily.INET, server)) {
        assertThat(open.echoes()).isTrue();
        assertThat(status(ADMIN + "/drain")).as("by GET").isEqualTo("405");
        assertThat(curl("-X", "POST", ADMIN + "/quitquitquit")).isEqualTo(REFUSAL);
        assertThat(curl("-X", "POST", "-o", "/dev/null", "-w", "%{http_code}", ADMIN + "/drain"))
            .isEqualTo("403");
        assertThat(curl(READY)).isEqualTo("ready\n");
        assertThat(ctl("drain").output()).isEqualTo("draining: 1 connections open\n");
        assertThat(curl(READY)).isEqualTo("draining\n");
        assertThat(status(READY)).isEqualTo("503");
        assertThat(status(LIVE)).as("a proxy that drains isn't to be killed").isEqualTo("200");
        assertThat(open.echoes()).as("what is open goes on").isTrue();
        assertThat(isRefused(2, server)).isTrue();
        world.add(3);
        node.awaitLine("pod " + world.uid(3) + " is not served: this proxy drains");
      }
      assertThat(ctl("quit").output()).isEqualTo("ending\n");
      assertThat(node.awaitEnd()).isZero();
    }
    CommandResult nobody = ctl("ready");
    assertThat(nobody.exitCode()).isOne();
    assertThat(nobody.errors()).startsWith("sluice ctl: no proxy of this network namespace ");
  }

  @Test
  void isNotReadyBeforeTheAgentHasNamedItsPods() throws Exception {
    try (Agent agent = Agent.start();
        NodeProcess _ = NodeProcess.start(world, "--zds=" + agent.socket())) {
      assertThat(agent.hello()).isEqualTo("0801");
      assertThat(status(READY)).isEqualTo("503");
      assertThat(curl(READY)).isEqualTo("starting: waiting for the agent's pods\n");
      assertThat(status(LIVE)).isEqualTo("200");
      assertThat(agent.ask("snapshot")).isEmpty();
      await().until(() -> status(READY).equals("200"));
    }
  }

  @Test
  void servesNoPodIfAPortIsTaken() throws Exception {
    InetSocketAddress taken = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 15000);
    try (ServerSocketChannel _ = world.inside(() -> ServerSocketChannel.open().bind(taken));
        NodeProcess node = NodeProcess.launch(world, "--pod", world.choice())) {
      assertThat(node.awaitEnd()).isOne();
      assertThat(node.said())
          .singleElement()
          .asString()
          .startsWith("sluice node: cannot listen on port 15000 (--admin-port): EADDRINUSE");
    }
    try (NodeProcess node =
        NodeProcess.start(
            world,
            "--pod=" + world.choice(),
            "--admin-port=0",
            "--status-port=16021",
            "--stats-port=0",
            "--admin-socket=none")) {
      node.awaitPods(world, 1, 2);
      assertThat(status(READY.replace("15021", "16021"))).isEqualTo("200");
      assertThat(world.in("ss", "-Hltn")).hasLineCount(2);
    }
  }

  private Talk talk(int pod, AddressFamily family, EchoServer server) throws Exception {
    return Talk.connect(world, pod, family, world.gateway(pod, family, server.port()));
  }

  private boolean isRefused(int pod, EchoServer server) throws Exception {
    try (Talk talk = talk(pod, AddressFamily.INET, server)) {
      return !talk.echoes();
    } catch (IOException e) {
      return true;
    }
  }

  /** Reads along from when this returns. */
  private Process follow() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            "nsenter", "--net=" + world.path(), "--", Checkout.script("sluice"), "ctl", "follow");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectOutput(folder.resolve("followed").toFile()).start();
    String name = "/run/sluice/" + inode() + "/access_log.sock";
    await().until(() -> world.in("ss", "-Hxn", "state", "established").contains(name));
    return process;
  }

  private long total(String family) throws IOException {
    return stats()
        .lines()
        .filter(line -> line.startsWith(family + "{"))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private String stats() throws IOException {
    return curl("http://127.0.0.1:15020/stats/prometheus");
  }

  private String status(String url) throws IOException {
    return curl("-o", "/dev/null", "-w", "%{http_code}", url);
  }

  private String curl(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("curl", "-s", "--max-time", "10"));
    command.addAll(List.of(words));
    return world.in(command.toArray(String[]::new));
  }

  private CommandResult ctl(String question) throws IOException {
    return Command.of(Checkout.script("sluice"), "ctl", question)
        .inNetworkNamespace(world.path())
        .run();
  }

  private String inode() throws IOException {
    return String.valueOf(Files.getAttribute(world.path(), "unix:ino"));
  }
}
