// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code sluice proxy --hot-restart} beside a running proxy: nobody notices. */
final class HotRestartIT {
  private static final int CONNECTIONS = 1000;
  private static final int RESTARTS = 10;
  private static final long MUCH = 48L << 20;

  @Test
  @Timeout(value = 180, unit = TimeUnit.SECONDS)
  void keepsAThousandConnectionsThroughTenRestarts() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel v4 = mesh.listen(Party.SERVER, Family.IPV4);
        ServerSocketChannel v6 = mesh.listen(Party.SERVER, Family.IPV6);
        Talkers talkers = new Talkers()) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      List<ProxyUnderTest> proxies = new ArrayList<>(List.of(restarts.first()));
      talkers.connect(mesh, v4, Family.IPV4, CONNECTIONS / 2);
      talkers.connect(mesh, v6, Family.IPV6, CONNECTIONS / 2);
      for (int i = 0; i < RESTARTS; i++) {
        proxies.add(restarts.next());
        assertThat(proxies.get(i).awaitEnd()).isZero();
        assertThat(proxies.getLast().said().getLast()).endsWith("took over " + CONNECTIONS);
      }
      long bytes = talkers.stop();
      proxies.getLast().awaitOutcomes("closed", CONNECTIONS);
      assertThat(restarts.records())
          .hasSize(CONNECTIONS)
          .allSatisfy(line -> assertThat(line).containsEntry("outcome", "closed"));
      assertThat(sum(restarts, "bytes_received")).isEqualTo(bytes);
      assertThat(sum(restarts, "bytes_sent")).isEqualTo(bytes);
      assertThat(proxies.getLast().stop())
          .containsEntry("taken_over", Integer.toString(CONNECTIONS))
          .containsEntry("connections", "0");
    }
  }

  /** Streams in pipes, slow readers, half-closed ones, and one that still connects. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void keepsConnectionsOfEveryKind(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel server = mesh.listen(Party.SERVER, family);
        Talkers talkers = new Talkers()) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      List<ProxyUnderTest> proxies = new ArrayList<>(List.of(restarts.first()));
      InetSocketAddress address =
          Mesh.address(Party.SERVER, family, server.socket().getLocalPort());
      Pair stream = Pair.of(mesh.connect(Party.CLIENT, address), server);
      Pair slow = Pair.of(mesh.connect(Party.CLIENT, address), server);
      Pair half = Pair.of(mesh.connect(Party.CLIENT, address), server);
      half.client().send((byte) 1).endOutput();
      assertThat(half.server().ending()).isEqualTo(Wire.Ending.END);
      Future<Stream> slowlySent = talkers.start(() -> Stream.send(slow.client(), MUCH));
      AtomicBoolean enough = new AtomicBoolean();
      Future<Stream> sent =
          talkers.start(() -> Stream.sendWhile(stream.client(), () -> !enough.get()));
      Future<Stream> received = talkers.start(() -> Stream.receive(stream.server()));
      try (Waiting waiting = Waiting.of(mesh, family)) {
        Map<String, Long> before = restarts.cookies();
        for (int i = 0; i < 3; i++) {
          proxies.add(restarts.next());
          assertThat(proxies.get(i).awaitEnd()).isZero();
          assertThat(proxies.getLast().said().getLast()).endsWith("took over 4");
        }
        Map<String, Long> expected = new HashMap<>(before);
        expected.replaceAll((_, _) -> proxies.getLast().pid());
        assertThat(restarts.cookies()).isEqualTo(expected).hasSizeGreaterThan(10);
        waiting.letIn();
      }
      enough.set(true);
      Stream whole = Talkers.get(sent);
      stream.client().endOutput();
      half.server().send(new byte[5000]).close();
      assertThat(half.client().receive(5000)).hasSize(5000);
      assertThat(Stream.receive(slow.server(), MUCH)).isEqualTo(Talkers.get(slowlySent));
      assertThat(Talkers.get(received)).isEqualTo(whole);
      slow.hangUp();
      stream.hangUp();
      assertThat(proxies.getLast().record(slow.client()))
          .containsEntry("outcome", "closed")
          .containsEntry("bytes_received", Long.toString(MUCH));
      assertThat(proxies.getLast().stop()).containsEntry("closed", "4");
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

  private static long sum(Restarts restarts, String field) throws Exception {
    long sum = 0;
    for (Map<String, String> line : restarts.records()) {
      sum += Long.parseLong(line.get(field));
    }
    return sum;
  }

  /** A client whose upstream has not answered yet, since the server's queue is full. */
  private record Waiting(ServerSocketChannel full, List<SocketChannel> queued, Wire client)
      implements AutoCloseable {
    static Waiting of(Mesh mesh, Family family) throws Exception {
      InetSocketAddress any = new InetSocketAddress(family == Family.IPV4 ? "0.0.0.0" : "::", 0);
      ServerSocketChannel full = mesh.listenWithBacklog(Party.SERVER, any, 1);
      InetSocketAddress address = Mesh.address(Party.SERVER, family, full.socket().getLocalPort());
      List<SocketChannel> queued = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        SocketChannel channel = mesh.socket(Party.SERVER, address);
        channel.connect(address);
        queued.add(channel);
      }
      return new Waiting(full, queued, mesh.connect(Party.CLIENT, address).send((byte) 42));
    }

    /** Makes room, and sees the client served. */
    void letIn() throws Exception {
      for (SocketChannel channel : queued) {
        full.accept().close();
        channel.close();
      }
      try (Wire served = new Wire(full.accept())) {
        assertThat(served.receive(1)).containsExactly(42);
        served.send((byte) 43);
        assertThat(client.receive(1)).containsExactly(43);
      }
    }

    @Override
    public void close() throws IOException {
      client.close();
      full.close();
    }
  }
}
