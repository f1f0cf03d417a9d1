// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.socket.SplicePipe;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The relay between real sockets on a real event loop; at the end of each test nothing is left. */
final class RelayTest extends RelayedPair {
  RelayTest() throws Exception {
    super(Duration.ofSeconds(2));
  }

  @Test
  void endsWhenBothHalvesHave() throws Exception {
    client.shutdownOutput();
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    Channels.write(server, 100_000);
    Channels.read(client, 100_000);
    server.shutdownOutput();
    assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertRecord("closed", 1, 100_001);
  }

  @Test
  void passesTheClientsResetOn() throws Exception {
    Channels.reset(client);
    Channels.assertReset(server);
    assertRecord("downstream_reset", 1, 1);
  }

  @Test
  void resetsBothSidesWhenItIsEnded() throws Exception {
    rig.endAll();
    Channels.assertReset(client);
    Channels.assertReset(server);
    assertRecord("shutdown", 1, 1);
    rig.endAll();
  }

  @Test
  void resetsTheClientWhenItIsEndedBeforeTheServerAnswered() throws Exception {
    // A full queue doesn't answer.
    try (ServerSocketChannel full =
            ServerSocketChannel.open().bind(new InetSocketAddress(RelayRig.LOOPBACK, 0), 1);
        SocketChannel _ = SocketChannel.open(full.getLocalAddress());
        SocketChannel _ = SocketChannel.open(full.getLocalAddress());
        SocketChannel waiting = rig.connect((InetSocketAddress) full.getLocalAddress())) {
      await().until(rig::openConnections, open -> open == 2);
      rig.endAll();
      Channels.assertReset(waiting);
    }
    assertThat(rig.record().outcome().label()).isEqualTo("shutdown");
    assertThat(rig.record().outcome().label()).isEqualTo("shutdown");
  }

  @Test
  void passesTheServersResetOn() throws Exception {
    Channels.reset(server);
    Channels.assertReset(client);
    assertRecord("upstream_reset", 1, 1);
  }

  @Test
  void passesAResetOnThatComesAfterTheEnd() throws Exception {
    client.shutdownOutput();
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    Channels.reset(client);
    assertRecord("downstream_reset", 1, 1);
  }

  @Test
  void holdsOneBufferForASlowReaderAndGivesItBack() throws Exception {
    List<SplicePipe> pipes = rig.takeAllPipes();
    long written = Channels.fill(client);
    assertThat(rig.buffersTaken()).isEqualTo(1);
    Channels.read(server, (int) written);
    await().until(rig::buffersTaken, taken -> taken == 0);
    client.close();
    server.close();
    assertRecord("closed", written + 1, 1);
    rig.giveBack(pipes);
  }

  @Test
  void givesBuffersBackWhenASlowReaderResets() throws Exception {
    List<SplicePipe> pipes = rig.takeAllPipes();
    Channels.fill(client);
    Channels.fill(server);
    assertThat(rig.buffersTaken()).isEqualTo(2);
    Channels.reset(server);
    assertThat(rig.record().outcome().label()).isEqualTo("upstream_reset");
    rig.giveBack(pipes);
  }

  @Test
  void resetsBothSidesWhenNothingMovesForLong() throws Exception {
    Channels.assertReset(client);
    Channels.assertReset(server);
    assertRecord("idle_timeout", 1, 1);
  }

  @Test
  void recordsAConnectThatIsRefused() throws Exception {
    InetSocketAddress closedPort;
    try (ServerSocketChannel gone =
        ServerSocketChannel.open().bind(new InetSocketAddress(RelayRig.LOOPBACK, 0))) {
      closedPort = (InetSocketAddress) gone.getLocalAddress();
    }
    try (SocketChannel refused = rig.connect(closedPort)) {
      Channels.assertReset(refused);
    }
    assertRecord("upstream_refused", 0, 0);
    client.close();
    server.close();
    assertRecord("closed", 1, 1);
  }

  /** The end came with the answer to the connect, so that no later edge tells of it. */
  @Test
  void seesTheEndOfAServerThatClosedAtOnce() throws Exception {
    client.close();
    server.close();
    assertRecord("closed", 1, 1);
    for (int i = 0; i < 500; i++) {
      try (SocketChannel brief = rig.connect((InetSocketAddress) listener.getLocalAddress());
          SocketChannel accepted = listener.accept()) {
        Channels.write(accepted, 10);
        accepted.shutdownOutput();
        Channels.read(brief, 10);
        assertThat(brief.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      }
      assertRecord("closed", 0, 10);
    }
  }
}
