// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.MapBatch;
import dev.sluice.linux.bpf.MapEntry;
import dev.sluice.linux.bpf.spec.MapShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No connection is taken for another one, however it is made and however many there are. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConnectionKindsIT {
  private static final String TRIES = "20";

  private final MeshedPod pod = MeshedPod.build();
  private final LabProcess asker = pod.startAsker();

  ConnectionKindsIT() throws Exception {}

  @BeforeAll
  void giveBack() throws Exception {
    pod.balance(pod.parent());
    pod.giveServiceIpBack();
  }

  @AfterEach
  void nothingIsPending() throws Exception {
    await().untilAsserted(() -> assertThat(pod.anyPending()).isFalse());
  }

  @AfterAll
  void close() throws Exception {
    asker.close();
    pod.close();
  }

  /** Fewer ports than connections: many have to share one, each towards another backend. */
  @Test
  void mistakesNoneOfManyThatSharePorts() throws Exception {
    sysctl("net.ipv4.ip_local_port_range=20000 21499");
    List<String> words = new ArrayList<>(List.of("crowd", "4000", "20000"));
    for (int service = 0; service < Services.COUNT; service++) {
      words.add(Form.IPV4.argument(service));
    }
    Map<String, String> said = pod.client(words.toArray(String[]::new)).getFirst();
    sysctl("net.ipv4.ip_local_port_range=32768 60999");
    assertThat(said).containsEntry("total", "20000").containsEntry("mistaken", "0");
    assertThat(Integer.parseInt(said.getOrDefault("shared", "0")))
        .as("connections that had a port in common with another open one")
        .isGreaterThan(10_000);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void knowsMptcpClients(Form form) throws Exception {
    long before = counter("MPTcpExt", "MPCapableSYNTX");
    assertGivenBack(form, pod.client("mptcp", TRIES, form.argument(0)));
    assertThat(counter("MPTcpExt", "MPCapableSYNTX")).isGreaterThan(before);
    // Nobody listens there, and the rules leave loopback alone.
    pod.client("mptcp", "1", "127.0.0.1,9");
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void knowsClientsWhoseFirstPacketHasData(Form form) throws Exception {
    sysctl("net.ipv4.tcp_fastopen=0x607");
    List<Map<String, String>> said = pod.client("fastopen", TRIES, form.argument(0));
    assertGivenBack(form, said);
    assertThat(said).anySatisfy(line -> assertThat(line).containsEntry("early", "True"));
    sysctl("net.ipv4.tcp_fastopen=1");
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void knowsConnectionsThatTheKernelRemembersByACookie(Form form) throws Exception {
    sysctl("net.ipv4.tcp_syncookies=2");
    long before = counter("TcpExt", "SyncookiesRecv");
    assertGivenBack(form, pod.client("plain", TRIES, form.argument(0)));
    assertThat(counter("TcpExt", "SyncookiesRecv")).isGreaterThan(before);
    sysctl("net.ipv4.tcp_syncookies=1");
  }

  /** The kernel's answer is all that is left then, and the status says how often. */
  @Test
  void countsConnectionsThatFindNoRoom() throws Exception {
    try (BpfMap pending = pod.serviceIp().openMap("pending")) {
      MapBatch batch = MapBatch.of(pending);
      List<MapEntry> filling = filling(pending.shape());
      batch.putAll(filling);
      assertThat(pod.client("plain", "3", Form.IPV4.argument(0)))
          .hasSize(3)
          .allSatisfy(line -> assertThat(line.get("orig")).endsWith(":" + Services.BACKEND_PORT));
      assertThat(pod.sluice("status").output()).contains(" 3 lost because too many waited");
      batch.deleteAll(filling.stream().map(MapEntry::key).toList());
    }
  }

  /** Entries of a network namespace that nobody has. */
  private static List<MapEntry> filling(MapShape shape) {
    List<MapEntry> entries = new ArrayList<>();
    for (int number = 0; number < shape.maxEntries(); number++) {
      byte[] key =
          ByteBuffer.allocate(shape.keyBytes()).putInt(shape.keyBytes() - 8, number).array();
      entries.add(MapEntry.of(key, new byte[shape.valueBytes()]));
    }
    return entries;
  }

  private static void assertGivenBack(Form form, List<Map<String, String>> said) {
    assertThat(said)
        .hasSize(Integer.parseInt(TRIES))
        .allSatisfy(
            line ->
                assertThat(line)
                    .containsEntry("orig", form.text(0))
                    .containsEntry("name", form.text(0)));
  }

  private void sysctl(String setting) throws IOException {
    pod.mesh().in(Party.CLIENT, "sysctl", "-qw", setting);
  }

  /** A counter of /proc/net/netstat: a line of names, then a line of numbers. */
  private long counter(String group, String name) throws IOException {
    List<String[]> lines =
        pod.mesh()
            .in(Party.CLIENT, "cat", "/proc/net/netstat")
            .lines()
            .filter(line -> line.startsWith(group + ":"))
            .map(line -> line.split(" ", -1))
            .toList();
    return Long.parseLong(lines.get(1)[Arrays.asList(lines.get(0)).indexOf(name)]);
  }
}
