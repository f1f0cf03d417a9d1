// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Peers that take their time, and bytes that come before anybody waits for them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SlowPeersIT {
  private static final long MIB = 1 << 20;
  private static final byte[] GREETING = "220 ready\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
  private final ProxyUnderTest proxy =
      ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT);

  SlowPeersIT() throws Exception {}

  @AfterEach
  void givesEveryDescriptorBack() {
    proxy.awaitIdle();
  }

  @AfterAll
  void close() throws Exception {
    try (mesh) {
      proxy.stop();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void boundsItsMemoryWhileNobodyReads(Family family) throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        Pair pair = pair(family, listener)) {
      pair.exchange(1, 1);
      long before = proxy.residentBytes();
      FutureTask<Stream> writing = Background.start(() -> Stream.send(pair.client(), 100 * MIB));
      Thread.sleep(1_000);
      long ticks = proxy.processorTicks();
      Thread.sleep(1_000);
      assertThat(writing.isDone()).as("the writer has written all").isFalse();
      assertThat(proxy.residentBytes() - before).isLessThan(32 * MIB);
      assertThat(proxy.processorTicks() - ticks).as("ticks of 10 ms in a second").isLessThan(20);
      Stream received = Stream.receive(pair.server(), 100 * MIB);
      assertThat(received).isEqualTo(writing.get());
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void passesSingleBytesOn(Family family) throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        Pair pair = pair(family, listener)) {
      for (int i = 0; i < 1_000; i++) {
        pair.exchange(1, 1);
      }
      for (int i = 0; i < 1_000; i++) {
        pair.client().send((byte) i);
      }
      byte[] received = pair.server().receive(1_000);
      for (int i = 0; i < 1_000; i++) {
        assertThat(received[i]).isEqualTo((byte) i);
      }
      pair.hangUp();
      assertThat(proxy.record(pair.client()))
          .containsEntry("bytes_received", "2000")
          .containsEntry("bytes_sent", "1000");
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void deliversWhatAServerSaidBeforeItClosed(Family family) throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        Pair pair = pair(family, listener)) {
      pair.server().send(GREETING).close();
      Thread.sleep(100);
      assertThat(pair.client().receive(GREETING.length)).isEqualTo(GREETING);
      assertThat(pair.client().ending()).isEqualTo(Ending.END);
    }
  }

  /** The first SYN is lost, so that all of it waits in the proxy's socket for a second. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void deliversWhatWasSentBeforeTheServerAnswered(Family family) throws Exception {
    String iptables = family == Family.IPV4 ? "iptables" : "ip6tables";
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      mesh.in(Party.HOST, iptables, "-A", "FORWARD", "-p", "tcp", "--syn", "-j", "DROP");
      Wire client = connect(family, listener);
      Stream sent = Stream.send(client, 300_000);
      client.endOutput();
      await().until(() -> mesh.in(Party.HOST, iptables, "-nvL", "FORWARD").contains(" 1 "));
      mesh.in(Party.HOST, iptables, "-F", "FORWARD");
      try (Pair pair = Pair.of(client, listener)) {
        assertThat(Stream.receive(pair.server())).isEqualTo(sent);
        pair.server().send(GREETING).close();
        assertThat(client.receive(GREETING.length)).isEqualTo(GREETING);
        assertThat(client.ending()).isEqualTo(Ending.END);
      }
      Map<String, String> line = proxy.record(client);
      assertThat(line).containsEntry("outcome", "closed").containsEntry("bytes_received", "300000");
      assertThat(Long.parseLong(line.get("duration_us"))).isGreaterThan(500_000);
    }
  }

  private Pair pair(Family family, ServerSocketChannel listener) throws Exception {
    return Pair.of(connect(family, listener), listener);
  }

  private Wire connect(Family family, ServerSocketChannel listener) throws Exception {
    int port = listener.socket().getLocalPort();
    return mesh.connect(Party.CLIENT, Mesh.address(Party.SERVER, family, port));
  }
}
