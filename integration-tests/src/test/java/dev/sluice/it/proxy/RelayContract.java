// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every way through the proxy owes to a client and a server, in both families. One proxy
 * serves all tests of a class; after each it holds no more descriptors than before, pipes included,
 * and in the end its counters agree with its log.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RelayContract {
  private static final int MIB = 1 << 20;

  private final Intercepted intercepted;
  private final Mesh mesh;
  private final ProxyUnderTest proxy;
  private final Map<Family, ServerSocketChannel> servers = new EnumMap<>(Family.class);
  private final List<Pair> idle = new ArrayList<>();

  RelayContract(Intercepted intercepted) {
    this.intercepted = intercepted;
    this.mesh = intercepted.mesh();
    this.proxy = intercepted.proxy();
  }

  @BeforeAll
  void listenAndWarmUp() throws Exception {
    for (Family family : Family.values()) {
      servers.put(family, mesh.listen(Party.SERVER, family));
      try (Pair pair = pair(family)) {
        pair.client().send((byte) 1);
        pair.server().receive(1);
      }
    }
    proxy.awaitOutcomes("closed", 2);
    proxy.awaitIdle();
    for (Family family : Family.values()) {
      idle.add(pair(family));
      idle.getLast().exchange(5, 6);
    }
  }

  /** What {@link #idle} holds open doesn't count. */
  @AfterEach
  void givesEveryDescriptorBack() {
    proxy.awaitOpened(() -> 2 * (idle.size() - (int) proxy.outcomes("idle_timeout")));
  }

  @AfterAll
  void resetsWhatWasIdleAndCountsAsItLogs() throws Exception {
    try (intercepted) {
      for (Pair pair : idle) {
        assertThat(pair.client().ending()).isEqualTo(Ending.RESET);
        assertThat(pair.server().ending()).isEqualTo(Ending.RESET);
        assertRecord(pair, "idle_timeout", 5, 6);
        pair.close();
      }
      proxy.awaitIdle();
      Map<String, String> counters = proxy.stop();
      assertSpliced(counters.getOrDefault("bytes_spliced", "0"), proxy.said());
      assertThat(counters)
          .containsEntry("connections", Integer.toString(proxy.records().size()))
          .containsEntry("bytes_received", Long.toString(sum("bytes_received")))
          .containsEntry("bytes_sent", Long.toString(sum("bytes_sent")));
      for (ServerSocketChannel server : servers.values()) {
        server.close();
      }
    }
  }

  /** What it spliced in all, and what it said in its life. */
  void assertSpliced(String bytes, List<String> said) {
    assertThat(Long.parseLong(bytes)).isGreaterThan(100L * MIB);
    assertThat(said).noneMatch(line -> line.contains("pipe"));
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void recordsTheAddressesOfTheConnection(Family family) throws Exception {
    Pair pair = pair(family);
    String destination = Family.endpoint(Party.SERVER.address(family), port(family));
    pair.close();
    assertThat(proxy.record(pair.client()))
        .containsEntry("direction", intercepted.direction())
        .containsEntry("mode", intercepted.mode().name().toLowerCase(Locale.ROOT))
        .containsEntry("original_destination", destination)
        .containsEntry(intercepted.fieldOfServerPeer(), pair.serverPeer())
        .containsEntry("outcome", "closed")
        .doesNotContainKey("detail");
  }

  /** The proxy is stopped while client and kernel go on, so that it finds all of it at once. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void deliversWhatWaitedBeforeItKnewOfTheConnection(Family family) throws Exception {
    proxy.signal("STOP");
    Wire client = client(family);
    Stream sent = Stream.send(client, 50_000);
    client.endOutput();
    proxy.signal("CONT");
    try (Pair pair = Pair.of(client, server(family))) {
      assertThat(Stream.receive(pair.server())).isEqualTo(sent);
      pair.server().send((byte) 1).endOutput();
      assertThat(pair.client().receive(1)).hasSize(1);
      assertThat(pair.client().ending()).isEqualTo(Ending.END);
      assertRecord(pair, "closed", 50_000, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void deliversWhatAServerSaysThatSpeaksFirstAndCloses(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      Stream sent = Stream.send(pair.server(), 100_000);
      pair.server().close();
      assertThat(Stream.receive(pair.client())).isEqualTo(sent);
      pair.client().close();
      assertRecord(pair, "closed", 0, 100_000);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void endsBothHalvesAtOnce(Family family) throws Exception {
    for (int i = 0; i < 20; i++) {
      try (Pair pair = pair(family)) {
        pair.exchange(100, 100);
        FutureTask<Ending> atServer = start(() -> pair.server().endOutput().ending());
        assertThat(pair.client().endOutput().ending()).isEqualTo(Ending.END);
        assertThat(atServer.get()).isEqualTo(Ending.END);
        assertRecord(pair, "closed", 100, 100);
      }
    }
  }

  /** A reader that takes nothing fills whatever lies between it and the writer, and loses none. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void deliversToASlowReaderInBoundedMemory(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      long before = proxy.residentBytes();
      Stream sent = Stream.fill(pair.client());
      assertThat(proxy.residentBytes() - before).isLessThan(8L * MIB);
      pair.client().endOutput();
      assertThat(Stream.receive(pair.server())).isEqualTo(sent);
      pair.server().close();
      assertRecord(pair, "closed", sent.bytes(), 0);
    }
  }

  /** A busy direction is spliced, and copied again once it is quiet. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void changesBetweenSplicingAndCopying(Family family) throws Exception {
    int rounds = 3;
    try (Pair pair = pair(family)) {
      for (int i = 0; i < rounds; i++) {
        assertMoved(pair.client(), pair.server(), 8L * MIB);
        assertMoved(pair.server(), pair.client(), 8L * MIB);
        proxy.awaitOpened(() -> 2 + 2 * (idle.size() - (int) proxy.outcomes("idle_timeout")));
        for (int j = 0; j < 10; j++) {
          pair.exchange(1000, 1000);
        }
      }
      pair.hangUp();
      long moved = rounds * (8L * MIB + 10_000);
      assertRecord(pair, "closed", moved, moved);
    }
  }

  private void assertMoved(Wire from, Wire to, long bytes) throws Exception {
    FutureTask<Stream> received = start(() -> Stream.receive(to, bytes));
    assertThat(Stream.send(from, bytes)).isEqualTo(received.get());
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void passesAResetOfTheClientOn(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      pair.exchange(10, 20);
      pair.client().reset();
      assertThat(pair.server().ending()).isEqualTo(Ending.RESET);
      assertRecord(pair, "downstream_reset", 10, 20);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void passesAResetOfTheServerOn(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      pair.exchange(30, 40);
      pair.server().reset();
      assertThat(pair.client().ending()).isEqualTo(Ending.RESET);
      assertRecord(pair, "upstream_reset", 30, 40);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void passesAResetOnThatComesAfterTheClientsEnd(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      pair.exchange(1, 1);
      pair.client().endOutput();
      assertThat(pair.server().ending()).isEqualTo(Ending.END);
      pair.client().reset();
      assertRecord(pair, "downstream_reset", 1, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void passesAResetOnWhileTheServerWrites(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      FutureTask<Stream> writing = start(() -> Stream.send(pair.server(), 100L * MIB));
      pair.client().receive(MIB);
      pair.client().reset();
      assertThat(writing)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingRootCause()
          .withMessageMatching(".*(reset|Broken pipe).*");
      assertThat(proxy.record(pair.client())).containsEntry("outcome", "downstream_reset");
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void passesAResetOnWhileNobodyReads(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      FutureTask<Stream> writing = start(() -> Stream.send(pair.client(), 100L * MIB));
      Thread.sleep(300);
      assertThat(writing.isDone()).isFalse();
      pair.server().reset();
      assertThat(writing).failsWithin(Duration.ofSeconds(10));
      assertThat(proxy.record(pair.client())).containsEntry("outcome", "upstream_reset");
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void keepsOneDirectionAfterTheEndOfTheOther(Family family) throws Exception {
    try (Pair pair = pair(family)) {
      assertOneWay(pair.client(), pair.server());
      assertOneWay(pair.server(), pair.client());
      assertRecord(pair, "closed", 3L * MIB, 3L * MIB);
    }
    try (Pair pair = pair(family)) {
      assertOneWay(pair.server(), pair.client());
      assertOneWay(pair.client(), pair.server());
      assertRecord(pair, "closed", 3L * MIB, 3L * MIB);
    }
  }

  private void assertOneWay(Wire from, Wire to) throws Exception {
    FutureTask<Stream> received = start(() -> Stream.receive(to));
    Stream sent = Stream.send(from, 3L * MIB);
    from.endOutput();
    assertThat(received.get()).isEqualTo(sent);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void movesManyBytesBothWaysAtOnce(Family family) throws Exception {
    long bytes = 200L * MIB;
    try (Pair pair = pair(family)) {
      FutureTask<Stream> atServer = start(() -> Stream.receive(pair.server()));
      FutureTask<Stream> atClient = start(() -> Stream.receive(pair.client()));
      FutureTask<Stream> fromServer = start(() -> Stream.send(pair.server(), bytes));
      Stream fromClient = Stream.send(pair.client(), bytes);
      pair.client().endOutput();
      Stream sentBack = fromServer.get();
      pair.server().endOutput();
      assertThat(atServer.get()).isEqualTo(fromClient);
      assertThat(atClient.get()).isEqualTo(sentBack);
      assertRecord(pair, "closed", bytes, bytes);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void servesTwoThousandConnectionsAtOnce(Family family) throws Exception {
    try (Crowd crowd = Crowd.connect(2000, this::client, server(family), family)) {
      crowd.echoOnEach();
      assertThat(proxy.openedDescriptors()).isGreaterThanOrEqualTo(4000);
    }
  }

  private void assertRecord(Pair pair, String outcome, long received, long sent) {
    assertThat(proxy.record(pair.client()))
        .containsEntry("outcome", outcome)
        .containsEntry("bytes_received", Long.toString(received))
        .containsEntry("bytes_sent", Long.toString(sent));
  }

  private Pair pair(Family family) throws Exception {
    return Pair.of(client(family), server(family));
  }

  private Wire client(Family family) throws Exception {
    return mesh.connect(Party.CLIENT, Mesh.address(Party.SERVER, family, port(family)));
  }

  private ServerSocketChannel server(Family family) {
    return Objects.requireNonNull(servers.get(family));
  }

  private int port(Family family) throws IOException {
    return server(family).socket().getLocalPort();
  }

  private long sum(String field) throws IOException {
    return proxy.records().stream().mapToLong(line -> Long.parseLong(line.get(field))).sum();
  }

  private static <T> FutureTask<T> start(Callable<T> body) {
    return Background.start(body);
  }
}
