// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import dev.sluice.socketlb.CaptureOptionsText;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which connections are captured, by the options of Istio's rules and with their meaning. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CaptureFilterIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** By the letters that stand for them in the tables below. */
  private static final Map<String, String> OUTBOUND =
      Map.ofEntries(
          Map.entry("s4", "10.7.2.2|9090"),
          Map.entry("s6", "2001:db8:7:2::2|9090"),
          Map.entry("sm", "::ffff:10.7.2.2|9090"),
          Map.entry("S4", "10.7.2.2|9091"),
          Map.entry("S6", "2001:db8:7:2::2|9091"),
          Map.entry("h4", "10.7.1.1|9090"),
          Map.entry("h6", "2001:db8:7:1::1|9090"),
          Map.entry("H4", "10.7.1.1|9091"),
          Map.entry("H6", "2001:db8:7:1::1|9091"));

  private static final List<String> ALL = OUTBOUND.keySet().stream().sorted().toList();

  private static final Map<String, String> DEFAULTS =
      Map.of("-b", "*", "-d", "15090,15021,15020", "-i", "*", "-x", "", "-q", "", "-o", "");

  private final Pods pods;
  private final CapturedPod pod;

  CaptureFilterIT() throws IOException {
    pods = Pods.build();
    pod = pods.pod(Party.CLIENT);
  }

  @BeforeAll
  void startEverything() throws IOException {
    pods.serve(Party.SERVER, "::|9090", "::|9091");
    pods.serve(Party.HOST, "::|9090", "::|9091");
    pod.serve("::|8080", "::|8081", "::|15008", "::|15020");
    pod.capture();
    // The application has the port that the proxy would answer Prometheus at.
    pod.startProxy("--stats-port", "0");
  }

  @AfterAll
  void endEverything() throws IOException {
    pods.close();
  }

  /**
   * S and H are the server and the host, small letters port 9090 and capital ones 9091, with 4, 6
   * or m for IPv4 mapped into IPv6.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          -i *;                                                       H4 H6 S4 S6 h4 h6 s4 s6 sm
          -i 10.7.2.9/24,2001:db8:7:2::9/64;                          S4 S6 s4 s6 sm
          -x 10.7.2.2,2001:db8:7:2::2/128;                            H4 H6 h4 h6
          -i 10.7.2.2,2001:db8:7:2::2 -x 10.7.0.0/16,2001:db8::/32;
          -i 10.7.0.0/16,2001:db8::/32 -x 10.7.2.0/24,2001:db8:7:2::/64;  H4 H6 h4 h6
          -i 0.0.0.0/0;                                               H4 S4 h4 s4 sm
          -i ::/0;                                                    H6 S6 h6 s6
          -x ::/0;                                                    H4 S4 h4 s4 sm
          -x 0.0.0.0/0;                                               H6 S6 h6 s6
          -i EMPTY;
          -i EMPTY -q 9091;                                           H4 H6 S4 S6
          -i 10.7.2.2,2001:db8:7:2::2 -q 9091;                        H4 H6 S4 S6 s4 s6 sm
          -i EMPTY -q 9090,9091 -o 9091;                              h4 h6 s4 s6 sm
          -i EMPTY -q 9090,9091 -x 10.7.2.2,2001:db8:7:2::2;          H4 H6 h4 h6
          -o 9090;                                                    H4 H6 S4 S6
          """)
  void capturesWhatLeavesByAddressAndPort(String options, String expected) throws Exception {
    capture(options);

    List<Talk> talks = pod.dial(ALL.stream().map(OUTBOUND::get).toArray(String[]::new));
    assertThat(talks).allSatisfy(talk -> assertThat(talk.words()).containsKey("accepted"));
    List<String> captured =
        IntStream.range(0, ALL.size())
            .filter(i -> talks.get(i).leftThroughTheProxy())
            .mapToObj(ALL::get)
            .toList();
    assertThat(captured).isEqualTo(words(expected == null ? "" : expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          -b *;                     8080 8081
          -b 8080;                  8080
          -b EMPTY;
          -d 8081;                  8080 15020
          -d EMPTY;                 8080 8081 15020
          -b 8080,8081 -d 8081;     8080 8081
          -b 15020;                 15020
          -b 8081,15008;            8081
          """)
  void capturesWhatArrivesByPort(String options, String expected) throws Exception {
    capture(options);

    List<String> wanted = words(expected == null ? "" : expected);
    assertThat(captured("10.7.1.2", "::ffff:10.7.2.2")).isEqualTo(wanted);
    assertThat(captured("2001:db8:7:1::2", "2001:db8:7:2::2")).isEqualTo(wanted);
  }

  private List<String> captured(String address, String client) throws IOException {
    List<String> ports = List.of("8080", "8081", "15008", "15020");
    List<Talk> talks =
        pods.dialFrom(
            Party.SERVER, ports.stream().map(port -> address + "|" + port).toArray(String[]::new));
    assertThat(talks).allSatisfy(talk -> assertThat(talk.of("accepted")).isEqualTo(client));
    return IntStream.range(0, ports.size())
        .filter(i -> talks.get(i).arrivedThroughTheProxy())
        .mapToObj(ports::get)
        .toList();
  }

  @Test
  void leavesLoopbackAloneByAllItsNames() throws Exception {
    capture("");
    String[] names = {
      "127.0.0.1|8080",
      "127.0.0.9|8080",
      "::1|8080",
      "::ffff:127.0.0.1|8080",
      "0.0.0.0|8080",
      "::|8080",
      "::ffff:0.0.0.0|8080"
    };
    List<Talk> talks = pod.dial(names);

    assertThat(talks).hasSize(names.length);
    // The server would see the pod's own address, had the proxy been asked.
    assertThat(talks)
        .allSatisfy(
            talk ->
                assertThat(talk.of("kernel") + " " + talk.of("kernel_port"))
                    .isEqualTo(talk.of("accepted") + " " + talk.of("own_port")));
  }

  /** The proxy isn't told by which link they are meant, and could not dial them. */
  @Test
  void reachesLinkLocalAddressesOnlyWhereTheyAreExcluded() throws Exception {
    capture("");
    assertThat(pod.dial("fe80::1%eth0|9090").getFirst().words()).doesNotContainKey("accepted");
    capture("-x fe80::/10");
    assertThat(pod.dial("fe80::1%eth0|9090").getFirst().of("accepted")).startsWith("fe80::2");
  }

  @ParameterizedTest
  @CsvSource({"10.7.2.2, ::ffff:10.7.1.2", "2001:db8:7:2::2, 2001:db8:7:1::2"})
  void leavesDatagramsThatLeaveAlone(String address, String source) throws Exception {
    capture("");
    try (LabProcess server = pods.startOutside(Party.SERVER, Scripts.DATAGRAMS, "serve", "9090")) {
      server.awaitLine("ready", PATIENCE);
      assertUntouched(pod.run(Scripts.DATAGRAMS, "ask", address, "9090"), address, source);
    }
  }

  @ParameterizedTest
  @CsvSource({"10.7.1.2, ::ffff:10.7.2.2", "2001:db8:7:1::2, 2001:db8:7:2::2"})
  void leavesDatagramsThatArriveAlone(String address, String source) throws Exception {
    capture("");
    try (LabProcess server = pod.start(Scripts.DATAGRAMS, "serve", "8080")) {
      server.awaitLine("ready", PATIENCE);
      List<String> answers =
          pods.runOutside(Party.SERVER, Scripts.DATAGRAMS, "ask", address, "8080");
      assertUntouched(answers, address, source);
    }
  }

  private static void assertUntouched(List<String> lines, String address, String source) {
    assertThat(lines.stream().map(Logfmt::parse))
        .hasSize(2)
        .allSatisfy(
            answer ->
                assertThat(answer)
                    .containsEntry("peer", address)
                    .containsEntry("source", source)
                    .containsEntry("source_port", answer.get("own_port")));
  }

  /** What {@code sluice capture on} does, without the start of a JVM each time. */
  private void capture(String options) throws IOException {
    Map<String, String> values = new HashMap<>(DEFAULTS);
    List<String> words = words(options);
    for (int i = 0; i < words.size(); i += 2) {
      values.put(words.get(i), words.get(i + 1).replace("EMPTY", ""));
    }
    assertThat(values).hasSameSizeAs(DEFAULTS);
    UnaryOperator<String> value = option -> Objects.requireNonNull(values.get(option));
    CaptureOptionsText text = new CaptureOptionsText();
    pod.capture(
        text.finish(
            text.proxyPorts("15001", "15006"),
            text.inbound(value.apply("-b"), value.apply("-d")),
            text.outbound(
                value.apply("-i"), value.apply("-x"), value.apply("-q"), value.apply("-o"))));
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : Arrays.asList(text.strip().split(" +", -1));
  }
}
