// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

/** A pod whose connections are captured by sockets: who sees what, and who may do what. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CaptureIT {
  private static final int CLOSE_ON_EXEC = 02000000;

  private final Pods pods;
  private final CapturedPod pod;
  private @Nullable LabProcess proxy;

  CaptureIT() throws IOException {
    pods = Pods.build();
    pod = pods.pod(Party.CLIENT);
  }

  @BeforeAll
  void startEverything() throws IOException {
    pod.capture("-o", "9091");
    pods.serve(Party.SERVER, "::|9090", "::|9091");
    pod.serve("0.0.0.0|8080", "2001:db8:7:1::2|8080", "::|8081");
    proxy = pod.startProxy();
  }

  @AfterAll
  void endEverything() throws IOException {
    pods.close();
  }

  @ParameterizedTest
  @CsvSource({
    "10.7.2.2, 10.7.2.2:9090",
    "2001:db8:7:2::2, [2001:db8:7:2::2]:9090",
    "::ffff:10.7.2.2, 10.7.2.2:9090"
  })
  void capturesWhatLeavesAndShowsTheApplicationWhomItDialled(String dialled, String logged)
      throws Exception {
    Talk talk = pod.dial(dialled + "|9090").getFirst();

    assertThat(talk.words()).containsEntry("peer", dialled).containsEntry("peer_port", "9090");
    assertThat(talk.leftThroughTheProxy()).isTrue();
    awaitRecord(
        line ->
            assertThat(line)
                .containsEntry("direction", "outbound")
                .containsEntry("mode", "socket")
                .containsEntry("original_destination", logged));
  }

  @ParameterizedTest
  @CsvSource({
    "10.7.1.2, 8080, 10.7.2.2, 127.0.0.6",
    "2001:db8:7:1::2, 8080, 2001:db8:7:2::2, ::1",
    "10.7.1.2, 8081, ::ffff:10.7.2.2, ::ffff:127.0.0.6",
    "2001:db8:7:1::2, 8081, 2001:db8:7:2::2, ::1"
  })
  void showsTheApplicationItsRealClient(String address, String port, String client, String kernel)
      throws Exception {
    Talk talk = pods.dialFrom(Party.SERVER, address + "|" + port).getFirst();

    assertThat(talk.words())
        .containsEntry("accepted", client)
        .containsEntry("accepted_port", talk.of("own_port"))
        .containsEntry("peer_name", client)
        .containsEntry("peer_name_port", talk.of("own_port"))
        .containsEntry("kernel", kernel);
    awaitRecord(
        line ->
            assertThat(line.get("upstream_source"))
                .startsWith(address.contains(":") ? "[::1]:" : "127.0.0.6:"));
  }

  @ParameterizedTest
  @CsvSource({"10.7.2.2, 10.7.1.2", "2001:db8:7:2::2, 2001:db8:7:1::2"})
  void capturesASocketThatIsBoundToAnAddress(String destination, String source) throws Exception {
    Talk talk = pod.dial(destination + "|9090|" + source).getFirst();

    assertThat(talk.words()).containsEntry("peer", destination).containsEntry("own", source);
    awaitRecord(
        line ->
            assertThat(line)
                .containsEntry("direction", "outbound")
                .hasEntrySatisfying("source", from -> assertThat(from).contains(source)));
  }

  @ParameterizedTest
  @CsvSource({"10.7.1.2", "2001:db8:7:1::2"})
  void servesAPodThatDialsItself(String own) throws Exception {
    Talk talk = pod.dial(own + "|8080").getFirst();

    assertThat(talk.words()).containsEntry("peer", own).containsEntry("accepted", own);
    assertThat(talk.leftThroughTheProxy() && talk.arrivedThroughTheProxy()).isTrue();
  }

  @Test
  void leavesAnExcludedPortAlone() throws Exception {
    Talk talk = pod.dial("10.7.2.2|9091").getFirst();
    assertThat(talk.words()).containsEntry("accepted", "::ffff:10.7.1.2");
    assertThat(talk.leftThroughTheProxy()).isFalse();
    // A connection that the proxy did serve comes later in its log than one that it should not
    // have.
    pod.dial("10.7.2.2|9090");
    awaitRecord(line -> assertThat(line).containsEntry("original_destination", "10.7.2.2:9090"));
    assertThat(pod.records())
        .noneMatch(line -> line.getOrDefault("original_destination", "").endsWith(":9091"));
  }

  @ParameterizedTest
  @CsvSource({"10.7.1.2", "2001:db8:7:1::2"})
  void refusesWhatDialsTheProxyItself(String address) throws Exception {
    assertThat(pods.dialFrom(Party.SERVER, address + "|15006", address + "|15001"))
        .extracting(talk -> talk.of("error"))
        .containsExactly("ECONNREFUSED", "ECONNRESET");
  }

  @Test
  void keepsItsMapsFromTheApplication() throws Exception {
    List<String> words = new ArrayList<>(List.of(Long.toString(proxy().pid())));
    for (Path pin : pins()) {
      words.add(pin.toString());
      assertThat(Files.getPosixFilePermissions(pin))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    List<Map<String, String>> ways =
        pod.run(Scripts.INTRUDER, words.toArray(String[]::new)).stream()
            .map(Logfmt::parse)
            .toList();

    assertThat(ways).hasSize(words.size() - 1 + 8);
    // A descriptor of a process may be had by everybody; it is what is done with it that counts.
    assertThat(ways)
        .filteredOn(way -> !"pidfd_open".equals(way.get("way")))
        .allSatisfy(way -> assertThat(way.get("error")).as(way.toString()).isIn("EPERM", "EACCES"));
  }

  @Test
  void givesTheProxyFourMapsAndNobodyElse() throws Exception {
    List<Integer> handedOver = new ArrayList<>();
    for (String name : List.of("listeners", "alive", "announcements", "counters")) {
      try (BpfMap map = BpfMap.openPinned(pod.maps().resolve(name))) {
        handedOver.add(map.info().id());
      }
    }
    assertThat(Unprivileged.bpfDescriptors(proxy()))
        .hasSize(4)
        .allSatisfy(text -> assertThat(flags(text) & CLOSE_ON_EXEC).isNotZero())
        .extracting(text -> Integer.parseInt(field(text, "map_id")))
        .containsExactlyInAnyOrderElementsOf(handedOver);
  }

  @Test
  void runsWithoutAnyPrivilegeOnEveryThread() throws Exception {
    Unprivileged.assertEveryThread(proxy(), CapturedPod.UID);
  }

  private List<Path> pins() throws IOException {
    List<Path> pins = new ArrayList<>();
    for (String folder : List.of("maps", "links")) {
      try (Stream<Path> files = Files.list(pod.maps().resolveSibling(folder))) {
        files.forEach(pins::add);
      }
    }
    return pins;
  }

  private static int flags(String fdinfo) {
    return Integer.parseInt(field(fdinfo, "flags"), 8);
  }

  private static String field(String fdinfo, String name) {
    return fdinfo
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElseThrow();
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
