// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.handover.Taking;
import dev.sluice.handover.Terms;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.socket.PacketSocket;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code sluice proxy --hot-restart} beside a running proxy: nobody notices. */
final class HotRestartIT {
  private static final int CONNECTIONS = 1000;
  private static final int RESTARTS = 10;

  /** For two directions and two families. */
  private static final int LISTENERS = 4;

  /** Longer than all restarts. */
  private static final String STILL_CONNECTING = "--connect-timeout=10m";

  /** From when the next one serves, with every connection open. */
  private static final Duration LONGEST_END = Duration.ofSeconds(5);

  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports: [{port: 80}]
      """;

  /** The load: talkers, and beside them a connection of every kind in both families. */
  @Test
  @Timeout(value = 240, unit = TimeUnit.SECONDS)
  void keepsAThousandConnectionsThroughTenRestarts() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel v4 = mesh.listen(Party.SERVER, Family.IPV4);
        ServerSocketChannel v6 = mesh.listen(Party.SERVER, Family.IPV6);
        Talkers talkers = new Talkers();
        Talkers streams = new Talkers()) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      List<ProxyUnderTest> proxies = new ArrayList<>(List.of(restarts.first(STILL_CONNECTING)));
      talkers.connect(mesh, v4, Family.IPV4, CONNECTIONS / 2);
      talkers.connect(mesh, v6, Family.IPV6, CONNECTIONS / 2);
      try (EveryKind kinds4 = EveryKind.open(mesh, v4, Family.IPV4, streams, true);
          EveryKind kinds6 = EveryKind.open(mesh, v6, Family.IPV6, streams, true)) {
        int all = CONNECTIONS + kinds4.count() + kinds6.count();
        awaitSockets(restarts, all);
        Map<String, Long> before = restarts.cookies();
        for (int i = 0; i < RESTARTS; i++) {
          proxies.add(restarts.next(STILL_CONNECTING));
          long serving = System.nanoTime();
          assertThat(proxies.get(i).awaitEnd()).isZero();
          assertThat(Duration.ofNanos(System.nanoTime() - serving)).isLessThan(LONGEST_END);
          assertThat(proxies.getLast().said().getLast()).endsWith("took over " + all);
          kinds4.stir();
          kinds6.stir();
        }
        before.replaceAll((_, _) -> proxies.getLast().pid());
        assertThat(restarts.cookies()).isEqualTo(before);
        long bytes = talkers.stop();
        kinds4.endWhole();
        kinds6.endWhole();
        proxies.getLast().awaitOutcomes("closed", all);
        assertThat(restarts.records())
            .hasSize(all)
            .allSatisfy(line -> assertThat(line).containsEntry("outcome", "closed"));
        Set<String> others = new HashSet<>(kinds4.sources());
        others.addAll(kinds6.sources());
        assertThat(sum(restarts, "bytes_received", others)).isEqualTo(bytes);
        assertThat(sum(restarts, "bytes_sent", others)).isEqualTo(bytes);
        assertThat(proxies.getLast().stop())
            .containsEntry("taken_over", Integer.toString(all))
            .containsEntry("connections", "0");
      }
    }
  }

  /** Streams in pipes, slow readers, half-closed ones, and one that still connects. */
  @ParameterizedTest
  @Timeout(value = 180, unit = TimeUnit.SECONDS)
  @MethodSource("waysInBothFamilies")
  void keepsConnectionsOfEveryKind(RestartPlace.Way way, Family family) throws Exception {
    try (RestartPlace place = RestartPlace.build(way);
        ServerSocketChannel server = place.mesh().listen(Party.SERVER, family);
        Talkers talkers = new Talkers()) {
      Restarts restarts = place.restarts();
      List<ProxyUnderTest> proxies = new ArrayList<>(List.of(restarts.first(STILL_CONNECTING)));
      boolean connecting = way.leavesTheServersQueueAlone();
      try (EveryKind kinds = EveryKind.open(place.mesh(), server, family, talkers, connecting)) {
        awaitSockets(restarts, kinds.count());
        Map<String, Long> before = restarts.cookies();
        for (int i = 0; i < 3; i++) {
          proxies.add(restarts.next(STILL_CONNECTING));
          assertThat(proxies.get(i).awaitEnd()).isZero();
          assertThat(proxies.getLast().said().getLast()).endsWith("took over " + kinds.count());
          kinds.stir();
        }
        Map<String, Long> expected = new HashMap<>(before);
        expected.replaceAll((_, _) -> proxies.getLast().pid());
        assertThat(restarts.cookies()).isEqualTo(expected);
        try (Pair fresh =
            Pair.of(
                place
                    .mesh()
                    .connect(
                        Party.CLIENT,
                        Mesh.address(Party.SERVER, family, server.socket().getLocalPort())),
                server)) {
          fresh.exchange(1000, 1000);
        }
        kinds.endWhole();
        assertThat(proxies.getLast().record(kinds.slowClient()))
            .containsEntry("outcome", "closed")
            .containsEntry("bytes_received", Long.toString(EveryKind.MUCH));
        assertThat(proxies.getLast().stop())
            .containsEntry("closed", Integer.toString(kinds.count() + 1));
      }
    }
  }

  /** Until the proxy has both sockets of each connection, beside its listeners. */
  private static void awaitSockets(Restarts restarts, int connections) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> restarts.cookies().size(), count -> count >= 2 * connections + LISTENERS);
  }

  static List<Arguments> waysInBothFamilies() {
    List<Arguments> all = new ArrayList<>();
    for (RestartPlace.Way way : RestartPlace.Way.values()) {
      for (Family family : Family.values()) {
        all.add(Arguments.of(way, family));
      }
    }
    return all;
  }

  /**
   * Both processes answer for a moment. A question that is in the queue of the one that ends is
   * lost, as questions by UDP may be, so each is asked again after a second, as resolvers do.
   */
  @ParameterizedTest
  @EnumSource
  void answersEveryQuestionForANameBesideRestarts(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        Talkers talkers = new Talkers()) {
      Path services = Files.writeString(mesh.folder().resolve("services.yaml"), SERVICE);
      String[] options = {
        "--dns-port", "15053", "-f", services.toString(), "--dns-upstream", "192.0.2.1"
      };
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      List<ProxyUnderTest> proxies = new ArrayList<>(List.of(restarts.first(options)));
      try (Questions questions =
          Questions.to(mesh, new InetSocketAddress(family.loopback(), 15053))) {
        Future<Integer> asked = talkers.start(questions::askOnAndOn);
        for (int i = 0; i < 3; i++) {
          proxies.add(restarts.next(options));
          assertThat(proxies.get(i).awaitEnd()).isZero();
        }
        questions.stop();
        assertThat(Talkers.get(asked)).isGreaterThan(100);
        assertThat(questions.askedAgain()).as("%s questions", asked.get()).isLessThanOrEqualTo(3);
      }
      assertThat(proxies.getLast().stop()).containsKey("dns_answered");
    }
  }

  @Test
  void refusesOtherTermsAndOtherProtocolsAndGoesOn() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel server = mesh.listen(Party.SERVER, Family.IPV4)) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      ProxyUnderTest proxy = restarts.first();
      Pair pair =
          Pair.of(
              mesh.connect(
                  Party.CLIENT,
                  Mesh.address(Party.SERVER, Family.IPV4, server.socket().getLocalPort())),
              server);
      var other =
          mesh.start(
              Party.CLIENT,
              restarts.rights(),
              restarts.command(List.of(), "--hot-restart", "--inbound-port", "15106"));
      assertThat(other.awaitEnd(Duration.ofSeconds(20))).isEqualTo(1);
      assertThat(other.lastErrors())
          .contains(
              "sluice proxy: taking over: the running proxy refuses: it would serve with inbound"
                  + " port 15106; expected 15006");
      try (PacketSocket stranger = PacketSocket.connect(restarts.socket())) {
        stranger.send(
            ByteBuffer.allocate(5).put((byte) 1).putInt(99).array(), Duration.ofSeconds(5));
        PacketSocket.Packet answer = stranger.receive(Duration.ofSeconds(5)).orElseThrow();
        assertThat(new String(answer.bytes(), StandardCharsets.UTF_8))
            .contains("it speaks protocol 99 of the handover; expected 1");
      }
      pair.exchange(1000, 1000);
      pair.hangUp();
      assertThat(proxy.stop()).containsEntry("closed", "1");
    }
  }

  /** The same classes in a jar of another version. */
  @Test
  void isTakenOverByAnotherVersionAndBack() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel server = mesh.listen(Party.SERVER, Family.IPV6)) {
      String other = OtherBuild.launcher(mesh, "99.0.1");
      assertThat(mesh.in(Party.CLIENT, other, "--version")).startsWith("sluice 99.0.1");
      assertThat(mesh.in(Party.CLIENT, mesh.launcher(), "--version")).doesNotContain("99.0.1");
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      ProxyUnderTest first = restarts.first();
      Pair pair =
          Pair.of(
              mesh.connect(
                  Party.CLIENT,
                  Mesh.address(Party.SERVER, Family.IPV6, server.socket().getLocalPort())),
              server);
      ProxyUnderTest second = restarts.nextBy(other);
      assertThat(first.awaitEnd()).isZero();
      assertThat(second.said().getLast()).endsWith("took over 1");
      pair.exchange(1000, 1000);
      ProxyUnderTest third = restarts.next();
      assertThat(second.awaitEnd()).isZero();
      assertThat(third.said().getLast()).endsWith("took over 1");
      pair.exchange(1000, 1000);
      pair.hangUp();
      assertThat(third.stop()).containsEntry("closed", "1");
    }
  }

  @Test
  void isTakenOverByAnotherBuildThatSpeaksTheSame() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel server = mesh.listen(Party.SERVER, Family.IPV4)) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      ProxyUnderTest proxy = restarts.first();
      Pair pair =
          Pair.of(
              mesh.connect(
                  Party.CLIENT,
                  Mesh.address(Party.SERVER, Family.IPV4, server.socket().getLocalPort())),
              server);
      pair.exchange(1, 1);
      Terms terms =
          new Terms(
              "sluice of another day",
              new TreeMap<>(
                  Map.of(
                      "inbound port", "15006",
                      "outbound port", "15001",
                      "interception mode", "REDIRECT",
                      "outbound interception mode", "REDIRECT",
                      "DNS port", "none")));
      try (Taking taking = Taking.ask(restarts.socket(), terms, 1337).orElseThrow()) {
        assertThat(taking.proxy().listeners()).hasSize(4);
        assertThat(taking.proxy().lastId()).isEqualTo(1);
        taking.confirm();
        assertThat(proxy.awaitEnd()).isZero();
        pair.client().send((byte) 77);
        int taken = taking.proxy().connections().getFirst().downstream();
        try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
          SocketReads.awaitOne(taken, buffer);
          assertThat(buffer.get(0, 1)).containsExactly(77);
        }
        taking.proxy().listeners().forEach(each -> Sockets.close(each.descriptor()));
        Sockets.close(taken);
      }
      pair.hangUp();
    }
  }

  @Test
  void startsAsUsualBesideNobody() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT)) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      ProxyUnderTest proxy = restarts.next();
      assertThat(proxy.said().getLast()).endsWith("connections");
      proxy.stop();
      assertThatThrownBy(restarts::socket).hasMessageContaining("size");
    }
  }

  /** Its socket is still open, since a process that it had started inherited it. */
  @Test
  void startsAsUsualBesideOneThatHasJustDied() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      Path path = mesh.folder().resolve("handover.sock");
      String script =
          """
          import os, socket, sys, time
          listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
          listener.bind(sys.argv[1])
          listener.listen(8)
          if os.fork():
              os._exit(0)
          print("ready", flush=True)
          time.sleep(60)
          """;
      LabProcess heir =
          mesh.start(Party.CLIENT, RunAs.ROOT, List.of("python3", "-c", script, path.toString()));
      heir.awaitLine("ready", Duration.ofSeconds(20));
      Terms terms = new Terms("sluice", new TreeMap<>());
      assertThat(Taking.ask(path, terms, 0)).isEmpty();
    }
  }

  private static long sum(Restarts restarts, String field, Set<String> others) throws Exception {
    long sum = 0;
    for (Map<String, String> line : restarts.records()) {
      if (!others.contains(line.get("source"))) {
        sum += Long.parseLong(line.get(field));
      }
    }
    return sum;
  }
}
