// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static dev.sluice.model.TransportProtocol.TCP;
import static dev.sluice.model.TransportProtocol.UDP;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.MapBatch;
import dev.sluice.linux.bpf.MapEntry;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedBackend;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What services mean besides an address and its backends. */
class ServiceSemanticsIT {
  private static final String V4 = "10.96.0.1";
  private static final String V6 = "fd96::1";
  private static final int NODE_PORT = 30080;

  private Scene scene;

  @BeforeEach
  void open() throws IOException {
    scene = Scene.open("services");
    List<String> backends = new ArrayList<>();
    for (int n = 1; n <= 8; n++) {
      for (String server : List.of(Scene.SERVER_V4, Scene.SERVER_V6)) {
        backends.add("tcp:" + server + ":" + (9000 + n) + ":t" + n);
        backends.add("udp:" + server + ":" + (9000 + n) + ":u" + n);
      }
    }
    scene.backends(backends);
  }

  @AfterEach
  void close() throws IOException {
    scene.close();
  }

  @Test
  void tellsTcpFromUdpOnOnePort() throws IOException {
    scene.apply(List.of(Sets.of(TCP, V4, 80, 9001), Sets.of(UDP, V4, 80, 9002)));

    assertThat(client("print(who('10.96.0.1', 80), udp('10.96.0.1', 80))")).isEqualTo("t1 u2");
  }

  @Test
  void servesNodePortsOnEveryAddressOfTheNodeAndOnLoopbackForTheNodeAlone() throws IOException {
    scene.apply(List.of(nodePort(V4), nodePort(V6)));
    String everywhere =
        """
        for host in ("10.55.0.1", "127.0.0.1", "127.9.8.7", "::ffff:127.0.0.1", "fd55::1", "::1"):
            print(host, who(host, 30080))
        """;

    assertThat(client(everywhere).lines())
        .containsExactly(
            "10.55.0.1 t1",
            "127.0.0.1 t1",
            "127.9.8.7 t1",
            "::ffff:127.0.0.1 t1",
            "fd55::1 t1",
            "::1 t1");
    assertThat(other(everywhere).lines())
        .containsExactly(
            "10.55.0.1 t1",
            "127.0.0.1 ECONNREFUSED",
            "127.9.8.7 ECONNREFUSED",
            "::ffff:127.0.0.1 ECONNREFUSED",
            "fd55::1 t1",
            "::1 ECONNREFUSED");
  }

  /** A mask of 0x7f000000 would take these for loopback. */
  @Test
  void takesNothingBut127ForLoopback() throws IOException {
    scene.apply(List.of(nodePort(V4)));

    assertThat(client("print(who('255.0.0.1', 30080), udp('255.0.0.1', 30080))"))
        .doesNotContain("t1");
    assertThat(client("print(who('126.255.255.255', 30080), who('128.0.0.1', 30080))"))
        .isEqualTo("ENETUNREACH ENETUNREACH");
  }

  @Test
  void letsNobodyBindANodePortOnTheNode() throws IOException {
    String binds =
        """
        for host in ("0.0.0.0", "127.0.0.1", "::", "::ffff:127.0.0.1", "::1"):
            print(host, bind(host, 30080), bind(host, 30080, socket.SOCK_DGRAM), bind(host, 30081))
        """;
    scene.apply(List.of(nodePort(V4)));
    assertThat(client(binds).lines())
        .containsExactly(
            "0.0.0.0 EADDRINUSE bound bound",
            "127.0.0.1 EADDRINUSE bound bound",
            ":: EADDRINUSE bound bound",
            "::ffff:127.0.0.1 EADDRINUSE bound bound",
            "::1 bound bound bound");
    assertThat(other(binds)).doesNotContain("EADDRINUSE");

    scene.apply(List.of(nodePort(V6)));
    assertThat(client(binds).lines())
        .containsExactly(
            "0.0.0.0 bound bound bound",
            "127.0.0.1 bound bound bound",
            ":: EADDRINUSE bound bound",
            "::ffff:127.0.0.1 bound bound bound",
            "::1 EADDRINUSE bound bound");

    scene.apply(List.of(nodePort(V4)), Scope.NONE, scene.clientNamespace());
    assertThat(client(binds)).as("off means off").doesNotContain("EADDRINUSE");
  }

  @Test
  void keepsABackendForANamespaceUntilItHasBeenSilentForTheTimeout() throws IOException {
    scene.apply(List.of(affine(1, 9001, 9002, 9003, 9004, 9005, 9006, 9007, 9008)));

    assertThat(client("print(len(many(60, '10.96.0.1', 80)))")).isEqualTo("1");
    assertThat(
            client(
                """
                first = who('10.96.0.1', 80)
                kept = []
                for _ in range(4):
                    time.sleep(0.6)
                    kept.append(who('10.96.0.1', 80) == first)
                print(kept)
                """))
        .as("used again within a second, for longer than a second")
        .isEqualTo("[True, True, True, True]");
    assertThat(
            client(
                """
                found = set()
                for _ in range(5):
                    time.sleep(1.1)
                    found.add(who('10.96.0.1', 80))
                print(len(found) > 1)
                """))
        .as("five choices among eight backends")
        .isEqualTo("True");
  }

  @Test
  void choosesAnotherBackendWhenTheAffineOneIsGone() throws IOException {
    scene.apply(List.of(affine(3600, 9001)));
    assertThat(client("print(who('10.96.0.1', 80))")).isEqualTo("t1");

    scene.apply(List.of(affine(3600, 9002)));
    assertThat(client("print(many(20, '10.96.0.1', 80))")).isEqualTo("['t2']");
  }

  @Test
  void refusesAtOnceWhereThereIsNoBackendAndCountsThat() throws IOException {
    scene.apply(List.of(Sets.of(TCP, V4, 80), Sets.of(TCP, V6, 80)));

    assertThat(
            client(
                """
                start = time.monotonic()
                print(who('10.96.0.1', 80), who('::ffff:10.96.0.1', 80), who('fd96::1', 80))
                print(time.monotonic() - start < 0.1)
                """))
        .isEqualTo("EHOSTUNREACH EHOSTUNREACH EHOSTUNREACH\nTrue");
    try (InstalledLoadBalancer installed =
        InstalledLoadBalancer.only(Optional.of(scene.bpfFileSystem()))) {
      assertThat(installed.list()).extracting(set -> set.refused()).containsExactly(2L, 1L);
    }
  }

  @Test
  void givesTerminatingBackendsNoNewConnectionAndLeavesThemTheirs() throws IOException {
    BackendSet before = affine(3600, 9001);
    BackendSet after =
        Sets.of(TCP, V4, 80, 0, 3600, Sets.addresses(V4, 9002), Sets.addresses(V4, 9001));
    scene.apply(List.of(before));
    try (Child open =
        scene.startClient(
            "client.py",
            """
            s = made('10.96.0.1', socket.SOCK_STREAM)
            s.connect(('10.96.0.1', 80))
            print(ask(s))
            sys.stdin.readline()
            print(ask(s), s.getpeername()[0])
            """)) {
      open.expectLine("t1");
      scene.apply(List.of(after));
      assertThat(client("print(many(50, '10.96.0.1', 80))")).isEqualTo("['t2']");
      open.writeLine("again");
      open.expectLine("t1 10.96.0.1");
    }
  }

  /** A new backend is given the number of one that is gone, when nothing refers to that. */
  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void countsTheConnectionsOfANewBackendFromNothing(String service) throws IOException {
    scene.apply(List.of(Sets.of(TCP, service, 80, 9001, 9002)));
    client("many(40, '%s', 80)".formatted(service));
    assertThat(connections()).hasSize(2).doesNotContain(0L);

    scene.apply(List.of(Sets.of(TCP, service, 80, 9001)));
    List<Long> kept = connections();
    assertThat(kept).hasSize(1).doesNotContain(0L);
    scene.apply(List.of(Sets.of(TCP, service, 80, 9001, 9003)));
    assertThat(connections()).containsExactly(kept.getFirst(), 0L);
  }

  /** A run that is killed after it has written down a name has put no table in force yet. */
  @Test
  void givesASetTheNumberThatAKilledRunWroteDown() throws IOException {
    BackendSet set = Sets.of(TCP, V4, 80, 9001);
    scene.apply(List.of());
    try (BpfMap names = scene.openMap("names")) {
      byte[] text = Arrays.copyOf(set.name().getBytes(UTF_8), names.shape().valueBytes());
      byte[] number = new byte[Integer.BYTES];
      Arrays.fill(number, (byte) 7);
      names.put(number, text);
      scene.apply(List.of(set));
      assertThat(MapBatch.of(names).readAll()).extracting(MapEntry::key).containsExactly(number);
    }
    assertThat(client("print(who('10.96.0.1', 80))")).isEqualTo("t1");
  }

  private List<Long> connections() throws IOException {
    try (InstalledLoadBalancer installed =
        InstalledLoadBalancer.only(Optional.of(scene.bpfFileSystem()))) {
      return installed.list().stream()
          .flatMap(set -> set.backends().stream().map(ListedBackend::connections))
          .toList();
    }
  }

  private static BackendSet nodePort(String address) {
    return Sets.of(TCP, address, 80, NODE_PORT, 0, Sets.addresses(address, 9001), List.of());
  }

  private static BackendSet affine(int seconds, Integer... ports) {
    return Sets.of(TCP, V4, 80, 0, seconds, Sets.addresses(V4, ports), List.of());
  }

  private String client(String text) throws IOException {
    return Scene.client(scene.clientNamespace(), scene.cgroup(), text);
  }

  /** In a namespace that isn't the host's. */
  private String other(String text) throws IOException {
    Path namespace = scene.serverNamespace();
    return Scene.client(namespace, scene.cgroup(), text);
  }
}
