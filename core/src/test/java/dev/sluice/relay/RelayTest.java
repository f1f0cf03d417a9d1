// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.telemetry.ConnectionRecord;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The relay between real sockets on a real event loop; at the end of each test nothing is left. */
final class RelayTest {
  private final RelayRig rig = new RelayRig(Duration.ofSeconds(2));
  private final ServerSocketChannel listener =
      ServerSocketChannel.open().bind(new InetSocketAddress(RelayRig.LOOPBACK, 0));

  private SocketChannel client;
  private SocketChannel server;

  RelayTest() throws Exception {
    this.client = rig.connect((InetSocketAddress) listener.getLocalAddress());
    this.server = listener.accept();
  }

  @BeforeEach
  void exchangeOneByte() throws IOException {
    write(client, 1);
    read(server, 1);
    write(server, 1);
    read(client, 1);
  }

  @AfterEach
  void leavesNothing() throws IOException {
    client.close();
    server.close();
    listener.close();
    try (rig) {
      rig.assertNothingLeft();
    }
  }

  @Test
  void endsWhenBothHalvesHave() throws Exception {
    client.shutdownOutput();
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    write(server, 100_000);
    read(client, 100_000);
    server.shutdownOutput();
    assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertRecord("closed", 1, 100_001);
  }

  @Test
  void passesTheClientsResetOn() throws Exception {
    reset(client);
    assertReset(server);
    assertRecord("downstream_reset", 1, 1);
  }

  @Test
  void passesTheServersResetOn() throws Exception {
    reset(server);
    assertReset(client);
    assertRecord("upstream_reset", 1, 1);
  }

  @Test
  void passesAResetOnThatComesAfterTheEnd() throws Exception {
    client.shutdownOutput();
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    reset(client);
    assertRecord("downstream_reset", 1, 1);
  }

  @Test
  void holdsOneBufferForASlowReaderAndGivesItBack() throws Exception {
    long written = fill(client);
    assertThat(rig.buffersTaken()).isEqualTo(1);
    read(server, (int) written);
    await().until(rig::buffersTaken, taken -> taken == 0);
    client.close();
    server.close();
    assertRecord("closed", written + 1, 1);
  }

  @Test
  void givesBuffersBackWhenASlowReaderResets() throws Exception {
    fill(client);
    fill(server);
    assertThat(rig.buffersTaken()).isEqualTo(2);
    reset(server);
    assertThat(rig.record().outcome().label()).isEqualTo("upstream_reset");
  }

  @Test
  void resetsBothSidesWhenNothingMovesForLong() throws Exception {
    assertReset(client);
    assertReset(server);
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
      assertReset(refused);
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
        write(accepted, 10);
        accepted.shutdownOutput();
        read(brief, 10);
        assertThat(brief.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      }
      assertRecord("closed", 0, 10);
    }
  }

  private void assertRecord(String outcome, long received, long sent) throws Exception {
    ConnectionRecord connection = rig.record();
    assertThat(connection.outcome().label()).isEqualTo(outcome);
    assertThat(connection.traffic().bytesReceived()).isEqualTo(received);
    assertThat(connection.traffic().bytesSent()).isEqualTo(sent);
  }

  /** Writes until nothing moves any more; how much went. */
  private static long fill(SocketChannel channel) throws Exception {
    channel.configureBlocking(false);
    ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
    long written = 0;
    int quiet = 0;
    while (quiet < 10) {
      int count = channel.write(buffer.clear());
      written += count;
      quiet = count == 0 ? quiet + 1 : 0;
      Thread.sleep(count == 0 ? 20 : 0);
    }
    channel.configureBlocking(true);
    return written;
  }

  private static void write(SocketChannel channel, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static void read(SocketChannel channel, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      assertThat(channel.read(buffer)).isNotNegative();
    }
  }

  private static void reset(SocketChannel channel) throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  private static void assertReset(SocketChannel channel) {
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reset");
  }
}
