// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.linux.socket.AddressFamily;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pods handed over by an agent of somebody else, with the rules that such an agent makes. */
class AgentIT {
  @TempDir private Path folder;
  private final NodeWorld world;
  private final Agent agent;
  private final NodeProcess node;

  AgentIT() throws IOException {
    world = NodeWorld.with(3);
    agent = Agent.start();
    node = NodeProcess.start(world, "--drain-time", "2s", "--zds", agent.socket().toString());
  }

  /** What the agent's side is written from: ZdsHello with version V1. */
  @BeforeEach
  void greets() throws IOException {
    assertThat(agent.hello()).isEqualTo("0801");
  }

  @AfterEach
  void close() throws IOException {
    node.close();
    agent.close();
    world.close();
  }

  @ParameterizedTest
  @EnumSource
  void servesWhatTheAgentHandsOver(AddressFamily family) throws Exception {
    world.ambientRules(1);
    world.ambientRules(2);
    assertThat(agent.add(world, 1)).isEmpty();
    assertThat(agent.add(world, 2)).isEmpty();
    assertThat(agent.ask("snapshot")).isEmpty();
    node.awaitLine("all its pods are known, 2");
    node.awaitLine("pod default/pod-1: served");
    String rules = world.inPod(1, "iptables-save");
    try (EchoServer server = EchoServer.in(world, 2, family);
        Talk talk = Talk.connect(world, 1, family, world.address(2, family, server.port()))) {
      assertThat(talk.echoes()).isTrue();
      assertThat(server.peers().getFirst().getAddress())
          .isEqualTo(world.address(1, family, 0).getAddress());
      assertThat(agent.ask("del uid-2")).isEmpty();
      assertThat(talk.echoes()).as("until the drain time is over").isTrue();
      assertThat(node.awaitLine("pod default/pod-2: released, the agent says so"))
          .contains("open_at_end=1 ");
      assertThat(talk.echoes()).isFalse();
    }
    tellsOfBothPods();
    assertThat(world.inPod(1, "iptables-save").replaceAll("#.*|\\[.*?]", ""))
        .as("the agent's rules are left alone")
        .isEqualTo(rules.replaceAll("#.*|\\[.*?]", ""));
    world.remove(2);
    world.awaitGone(2);
  }

  /** The one that was released, too: its last connection has only ended now. */
  private void tellsOfBothPods() throws Exception {
    await()
        .until(() -> node.records("outbound").size() == 1 && node.records("inbound").size() == 1);
    assertThat(node.records("outbound"))
        .singleElement(InstanceOfAssertFactories.map(String.class, String.class))
        .containsEntry("pod", "default/pod-1")
        .containsEntry("source_workload", "pod-1")
        .containsEntry("source_workload_namespace", "default")
        .containsEntry("source_service_account", "account-of-pod-1")
        .doesNotContainKey("destination_workload");
    assertThat(node.records("inbound"))
        .singleElement(InstanceOfAssertFactories.map(String.class, String.class))
        .containsEntry("pod", "default/pod-2")
        .containsEntry("destination_workload", "pod-2")
        .containsEntry("destination_workload_namespace", "default")
        .containsEntry("destination_service_account", "account-of-pod-2")
        .doesNotContainKey("source_workload");
    String stats = world.in("curl", "-s", "http://127.0.0.1:15020/stats/prometheus");
    for (String family : List.of("connections_opened", "connections_closed")) {
      assertThat(stats)
          .containsPattern(
              "\nistio_tcp_"
                  + family
                  + "_total\\{reporter=\"source\",source_workload=\"pod-1\","
                  + "source_workload_namespace=\"default\","
                  + "source_service_account=\"account-of-pod-1\",.* 1\n")
          .containsPattern(
              "\nistio_tcp_"
                  + family
                  + "_total\\{reporter=\"destination\",source_workload=\"unknown\",.*"
                  + "destination_workload=\"pod-2\",destination_workload_namespace=\"default\","
                  + "destination_service_account=\"account-of-pod-2\",.* 1\n");
    }
    assertThat(stats).doesNotContain("\"pod-3\"");
  }

  @Test
  void keepsConnectionsWhileTheAgentIsAwayAndReleasesWhatItForgot() throws Exception {
    for (int pod = 1; pod <= 3; pod++) {
      world.ambientRules(pod);
      assertThat(agent.add(world, pod)).isEmpty();
    }
    assertThat(agent.ask("snapshot")).isEmpty();
    try (EchoServer server = EchoServer.in(world, 2, AddressFamily.INET);
        Talk talk =
            Talk.connect(
                world,
                1,
                AddressFamily.INET,
                world.address(2, AddressFamily.INET, server.port()))) {
      assertThat(talk.echoes()).isTrue();
      assertThat(agent.reconnect()).isEqualTo("0801");
      assertThat(talk.echoes()).as("before the new snapshot").isTrue();
      assertThat(agent.ask("keep uid-1")).isEmpty();
      assertThat(agent.add(world, 2)).as("once more").isEmpty();
      assertThat(agent.ask("snapshot")).isEmpty();
      node.awaitLine("pod default/pod-3: released, the agent doesn't know it any more");
      assertThat(talk.echoes()).as("after it").isTrue();
    }
  }

  /** A pod's uid, namespace and name are whatever somebody wrote. */
  @Test
  void takesNamesForDataAndNotForWordsOfAShell() throws Exception {
    world.ambientRules(1);
    Path touched = folder.resolve("touched");
    String hostile = "a b\n;$(touch " + touched + ")`touch " + touched + "`'\"|&\u001b[2J";
    assertThat(agent.ask("raw " + add(hostile, hostile, "../../" + hostile) + " " + world.path(1)))
        .isEmpty();
    String line = node.awaitLine(": served in net:[");
    String shown = hostile.replaceAll("[^\\x21-\\x7e]", "?");
    assertThat(line)
        .startsWith("sluice node: pod " + shown + "/../../" + shown + ": served in net:[");
    try (EchoServer server = EchoServer.in(world, 2, AddressFamily.INET);
        Talk talk =
            Talk.connect(
                world,
                1,
                AddressFamily.INET,
                world.address(2, AddressFamily.INET, server.port()))) {
      assertThat(talk.echoes()).isTrue();
    }
    String record =
        await().until(() -> node.records("outbound"), all -> all.size() == 1).toString();
    assertThat(record).contains(shown);
    assertThat(world.in(Checkout.script("sluice"), "node", "status"))
        .hasLineCount(1)
        .contains(shown);
    assertThat(world.in(Checkout.script("sluice"), "node", "status", "--json"))
        .contains("$(touch?")
        .doesNotContain("\u001b");
    assertThat(node.end("TERM")).isZero();
    assertThat(node.said()).allMatch(said -> said.startsWith("sluice"));
    assertThat(touched).doesNotExist();
  }

  /** WorkloadRequest{add: AddWorkload{uid, WorkloadInfo{name, namespace, serviceAccount}}}. */
  private static String add(String uid, String namespace, String name) {
    byte[] info = joined(field(1, utf8(name)), field(2, utf8(namespace)), field(3, utf8("x")));
    return HexFormat.of().formatHex(field(1, joined(field(1, utf8(uid)), field(2, info))));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] field(int number, byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write((number << 3) | 2);
    int length = content.length;
    for (; length > 0x7f; length >>>= 7) {
      bytes.write((length & 0x7f) | 0x80);
    }
    bytes.write(length);
    bytes.writeBytes(content);
    return bytes.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  @Test
  void answersWhatItCannotDoAndGoesOn() throws Exception {
    assertThat(agent.ask("keep uid-9")).isEqualTo("pod uid-9 isn't served, so it can't be kept");
    assertThat(agent.ask("raw ffffffffffffffffffffff")).contains("more than ten bytes");
    assertThat(agent.ask("raw 0a0a0a01")).contains("ends beyond the message");
    assertThat(agent.ask("raw 3200")).contains("no request in it that is known");
    assertThat(agent.ask("raw 0a050a03616263")).contains("0 descriptors came with add");
    String path = world.path(1).toString();
    assertThat(agent.ask("raw 0a050a03616263 " + path + " " + path))
        .contains("2 descriptors came with add");
    assertThat(agent.ask("raw 1205120361626320 " + path)).contains("the message ends");
    assertThat(agent.ask("raw 12051203616263 " + path)).contains("1 descriptors came with it");
    assertThat(agent.ask("raw 0a050a03616263 /dev/null")).contains("expected a network namespace");
    assertThat(agent.ask("add uid-0 default node " + world.path()))
        .contains("lives in the network namespace of this proxy");
    assertThat(agent.ask("snapshot")).isEmpty();
    assertThat(agent.ask("keep uid-1")).contains("after the snapshot");
    assertThat(agent.add(world, 1)).isEmpty();
    assertThat(agent.ask("add uid-other default other " + path))
        .contains("lives in the network namespace of pod default/pod-1");
    int before = node.descriptors();
    assertThat(agent.add(world, 1)).as("once more").isEmpty();
    assertThat(node.descriptors()).as("nothing is kept of it").isEqualTo(before);
  }
}
