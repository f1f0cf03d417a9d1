// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.loop.HeldMemory;
import dev.sluice.telemetry.ConnectionRecord;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A client and a server with the relay between real sockets on a real event loop, one byte having
 * gone each way; at the end of each test nothing is left.
 */
abstract class RelayedPair {
  final RelayRig rig;
  final ServerSocketChannel listener =
      ServerSocketChannel.open().bind(new InetSocketAddress(RelayRig.LOOPBACK, 0));
  final SocketChannel client;
  final SocketChannel server;

  RelayedPair(Duration idleTimeout) throws Exception {
    this(idleTimeout, HeldMemory.unlimited());
  }

  RelayedPair(Duration idleTimeout, HeldMemory memory) throws Exception {
    this.rig = new RelayRig(idleTimeout, memory);
    this.client = rig.connect((InetSocketAddress) listener.getLocalAddress());
    this.server = listener.accept();
  }

  @BeforeEach
  void exchangeOneByte() throws IOException {
    Channels.write(client, 1);
    Channels.read(server, 1);
    Channels.write(server, 1);
    Channels.read(client, 1);
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

  /** The next record, with how the connection ended and what it moved in all. */
  final ConnectionRecord assertRecord(String outcome, long received, long sent) throws Exception {
    ConnectionRecord connection = rig.record();
    assertThat(connection.outcome().label()).isEqualTo(outcome);
    assertThat(connection.traffic().bytesReceived()).isEqualTo(received);
    assertThat(connection.traffic().bytesSent()).isEqualTo(sent);
    return connection;
  }
}
