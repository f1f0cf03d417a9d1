// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a proxy that is killed leaves behind, and how the next one takes over. */
@Timeout(120)
final class RestartedProxyIT {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String NONE = "[]";
  private static final long LOST = 5;
  private static final int ANOTHER_USER = 2001;

  private Pods pods;
  private CapturedPod pod;

  @BeforeEach
  void build() throws IOException {
    pods = Pods.build();
    pod = pods.pod(Party.CLIENT);
    pods.serve(Party.SERVER, "::|9090");
    // The last test dials the application from within the pod, as the killed proxy did.
    pod.capture("-o", "8080,8090");
  }

  @AfterEach
  void remove() throws IOException {
    pods.close();
  }

  @ParameterizedTest
  @CsvSource({"10.7.1.2, 127.0.0.6", "2001:db8:7:1::2, ::1"})
  void showsNoLaterConnectionAFormerClient(String address, String source) throws Exception {
    pod.serve("::|8080");
    LabProcess full = pod.start(Scripts.SERVER, "late", "::|8090");
    full.awaitLine("ready", LIMIT);
    LabProcess proxy = pod.startProxy();
    String[] held = new String[9];
    Arrays.setAll(held, i -> address + (i < 3 ? "|8080" : "|8090"));
    LabProcess clients = hold(held);
    List<String> open = awaitPorts("close-wait", "8080", 3);
    List<String> pending = awaitPorts("syn-sent", "8090", 2);
    assertThat(hops()).isNotEqualTo(NONE);

    kill(proxy);

    assertThat(hops()).as("what the killed proxy announced").isEqualTo(NONE);
    clients.close();
    full.close();
    pod.serve("::|8090");
    assertLaterConnectionsSeeEachOther(address, source, open, "8080");
    assertLaterConnectionsSeeEachOther(address, source, pending, "8090");
  }

  private void assertLaterConnectionsSeeEachOther(
      String address, String source, List<String> ports, String to) throws IOException {
    String[] again =
        ports.stream()
            .map(port -> address + "|" + to + "|" + source + "|" + port)
            .toArray(String[]::new);
    List<Talk> talks = pod.dial(again);
    assertThat(talks).hasSameSizeAs(ports);
    String seen = source.contains(":") ? source : "::ffff:" + source;
    for (int i = 0; i < ports.size(); i++) {
      assertThat(talks.get(i).words())
          .containsEntry("accepted", seen)
          .containsEntry("accepted_port", ports.get(i))
          .containsEntry("peer_name", seen)
          .containsEntry("peer_name_port", ports.get(i));
    }
  }

  @Test
  void capturesAgainWithoutPrivilegeWhoeverStartsIt() throws Exception {
    pod.serve("::|8080");
    loseClients();
    try (LabProcess proxy = pod.startProxy()) {
      assertCaptures(proxy, CapturedPod.UID);
      kill(proxy);
    }
    try (LabProcess proxy = pod.startProxy("--user", "" + ANOTHER_USER)) {
      assertCaptures(proxy, ANOTHER_USER);
      kill(proxy);
    }
    // By somebody who kept the maps: this one never has any privilege.
    try (LabProcess proxy = pod.startProxyWithoutPrivilege(ANOTHER_USER)) {
      assertCaptures(proxy, ANOTHER_USER);
      kill(proxy);
    }
    try (LabProcess proxy = pod.startProxyWithoutPrivilege(CapturedPod.UID)) {
      assertCaptures(proxy, CapturedPod.UID);
    }
  }

  private void assertCaptures(LabProcess proxy, int user) throws IOException {
    Unprivileged.assertEveryThread(proxy, user);
    assertThat(Unprivileged.bpfDescriptors(proxy)).hasSize(4);
    assertThat(pod.inside("curl", "-s", "http://127.0.0.1:15020/stats/prometheus"))
        .contains("\nsluice_capture_clients_lost_total " + LOST + "\n");
    List<Talk> left = pod.dial("10.7.2.2|9090", "2001:db8:7:2::2|9090", "::ffff:10.7.2.2|9090");
    assertThat(left).hasSize(3).allMatch(Talk::leftThroughTheProxy);
    assertThat(left).extracting(talk -> talk.of("accepted")).doesNotContainNull();
    List<Talk> arrived = pods.dialFrom(Party.SERVER, "10.7.1.2|8080", "2001:db8:7:1::2|8080");
    assertThat(arrived).hasSize(2).allMatch(Talk::arrivedThroughTheProxy);
    assertThat(arrived)
        .extracting(talk -> talk.of("accepted"))
        .containsExactly("::ffff:10.7.2.2", "2001:db8:7:2::2");
  }

  /** As the programs count them. */
  private void loseClients() throws IOException {
    try (BpfMap counters = BpfMap.openPinned(pod.maps().resolve("counters"))) {
      counters.put(
          ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(1).array(),
          ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(LOST).array());
    }
  }

  private LabProcess hold(String... targets) throws IOException {
    List<String> words = new ArrayList<>(List.of("hold"));
    words.addAll(List.of(targets));
    LabProcess client =
        pods.startOutside(Party.SERVER, Scripts.CLIENT, words.toArray(String[]::new));
    client.awaitLine("held", LIMIT);
    return client;
  }

  /** The ports that the proxy dials the application from. */
  private List<String> awaitPorts(String state, String to, int least) {
    List<String> ports = new ArrayList<>();
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              ports.clear();
              pod.inside("ss", "-Htn", "state", state, "dport", "=", ":" + to)
                  .lines()
                  .map(line -> line.strip().split(" +", -1)[2])
                  .filter(local -> local.startsWith("127.0.0.6:") || local.startsWith("[::1]:"))
                  .forEach(local -> ports.add(local.substring(local.lastIndexOf(':') + 1)));
              assertThat(ports).hasSizeGreaterThanOrEqualTo(least);
            });
    return ports;
  }

  /** Whom the application is going to be shown, as JSON. */
  private String hops() throws IOException {
    Path pin = pod.maps().resolve("hops");
    return Command.of("bpftool", "-j", "map", "dump", "pinned", pin.toString())
        .runOrThrow()
        .strip();
  }

  private static void kill(LabProcess proxy) throws IOException {
    Command.of("kill", "-KILL", Long.toString(proxy.pid())).runOrThrow();
    proxy.awaitEnd(LIMIT);
  }
}
