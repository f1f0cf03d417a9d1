// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pod whose connections are captured by sockets: who sees what, and what is left behind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CaptureIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int REFUSED = 111;
  private static final int FORBIDDEN = 13;

  private final CapturedPod pod;
  private @Nullable LabProcess proxy;
  private final List<LabProcess> servers = new ArrayList<>();

  CaptureIT() throws IOException {
    pod = CapturedPod.build();
  }

  @BeforeAll
  void startEverything() throws IOException {
    pod.capture("-o", "9091");
    for (String port : List.of("9090", "9091")) {
      serve(Party.SERVER, "::", port);
    }
    serve(Party.CLIENT, "0.0.0.0", "8080");
    serve(Party.CLIENT, "2001:db8:7:1::2", "8080");
    serve(Party.CLIENT, "::", "8081");
    proxy = pod.startProxy();
  }

  private void serve(Party party, String address, String port) throws IOException {
    LabProcess server = pod.start(party, Scripts.SERVER, address, port);
    server.awaitLine("ready", PATIENCE);
    servers.add(server);
  }

  @AfterAll
  void endEverything() throws IOException {
    for (LabProcess server : servers) {
      server.close();
    }
    pod.close();
  }

  @ParameterizedTest
  @CsvSource({
    "10.7.2.2, 10.7.2.2:9090",
    "2001:db8:7:2::2, [2001:db8:7:2::2]:9090",
    "::ffff:10.7.2.2, 10.7.2.2:9090"
  })
  void capturesWhatLeavesAndShowsTheApplicationWhomItDialled(String dialled, String logged)
      throws Exception {
    List<String> said = pod.runApplication(Scripts.CLIENT, dialled, "9090");

    assertThat(said).singleElement().asString().startsWith(dialled + " 9090 ");
    awaitRecord(
        line ->
            assertThat(line)
                .containsEntry("direction", "outbound")
                .containsEntry("mode", "socket")
                .containsEntry("original_destination", logged));
  }

  @ParameterizedTest
  @CsvSource({
    "10.7.1.2, 8080, 10.7.2.2",
    "2001:db8:7:1::2, 8080, 2001:db8:7:2::2",
    "10.7.1.2, 8081, ::ffff:10.7.2.2",
    "2001:db8:7:1::2, 8081, 2001:db8:7:2::2"
  })
  void showsTheApplicationItsRealClient(String address, String port, String client)
      throws Exception {
    String[] words =
        pod.runOutside(Party.SERVER, Scripts.CLIENT, address, port).getFirst().split(" ", -1);
    String clientPort = words[2];

    assertThat(List.of(words).subList(3, 7))
        .containsExactly(client, clientPort, client, clientPort);
    awaitRecord(
        line ->
            assertThat(line.get("upstream_source"))
                .startsWith(address.contains(":") ? "[::1]:" : "127.0.0.6:"));
  }

  @ParameterizedTest
  @CsvSource({"10.7.2.2, 10.7.1.2", "2001:db8:7:2::2, 2001:db8:7:1::2"})
  void capturesASocketThatIsBoundToAnAddress(String destination, String source) throws Exception {
    assertThat(pod.runApplication(Scripts.CLIENT, destination, "9090", source))
        .singleElement()
        .asString()
        .startsWith(destination + " 9090 ");
  }

  @ParameterizedTest
  @CsvSource({"10.7.1.2", "2001:db8:7:1::2"})
  void servesAPodThatDialsItself(String own) throws Exception {
    assertThat(pod.runApplication(Scripts.CLIENT, own, "8080"))
        .singleElement()
        .asString()
        .startsWith(own + " 8080 ")
        .contains(" " + own + " ");
  }

  @Test
  void leavesAnExcludedPortAlone() throws Exception {
    assertThat(pod.runApplication(Scripts.CLIENT, "10.7.2.2", "9091").getFirst())
        .contains(" ::ffff:10.7.1.2 ");
    // A connection that the proxy did serve comes later in its log than one that it should not
    // have.
    pod.runApplication(Scripts.CLIENT, "10.7.2.2", "9090");
    awaitRecord(line -> assertThat(line).containsEntry("original_destination", "10.7.2.2:9090"));
    assertThat(pod.records())
        .noneMatch(line -> line.getOrDefault("original_destination", "").endsWith(":9091"));
  }

  @Test
  void refusesWhatDialsTheProxyItself() throws Exception {
    assertThat(pod.runOutside(Party.SERVER, Scripts.CLIENT, "10.7.1.2", "15006"))
        .containsExactly("errno " + REFUSED);
  }

  @Test
  void leavesNoConntrackEntryNoRuleAndNoRoute() throws Exception {
    assertThat(pod.inPod("conntrack", "-L")).isEmpty();
    assertThat(pod.inPod("iptables-save")).doesNotContain("-A ");
    assertThat(pod.inPod("ip", "rule").lines()).hasSize(3);
  }

  @Test
  void keepsItsMapsFromTheApplication() throws Exception {
    List<String> pins;
    try (Stream<Path> files = Files.list(pod.maps())) {
      pins = files.map(Path::toString).toList();
    }
    List<String> errors = pod.runApplication(Scripts.OPEN_PINS, pins.toArray(String[]::new));

    assertThat(errors).hasSize(pins.size()).containsOnly(Integer.toString(FORBIDDEN));
  }

  @Test
  void runsWithoutAnyPrivilegeOnEveryThread() throws Exception {
    try (Stream<Path> threads = Files.list(Path.of("/proc", "" + proxy().pid(), "task"))) {
      for (Path thread : threads.toList()) {
        assertThat(Files.readAllLines(thread.resolve("status")))
            .filteredOn(line -> line.startsWith("Cap"))
            .hasSize(5)
            .allSatisfy(line -> assertThat(line).endsWith("\t0000000000000000"));
        assertThat(Files.readAllLines(thread.resolve("status")))
            .contains("NoNewPrivs:\t1", "Uid:\t1337\t1337\t1337\t1337");
      }
    }
  }

  private LabProcess proxy() {
    return Objects.requireNonNull(proxy, "started before the tests");
  }

  /** A record is written when the connection has ended, which the client may see before the log. */
  private void awaitRecord(Consumer<Map<String, String>> wanted) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(pod.records()).anySatisfy(wanted));
  }
}
