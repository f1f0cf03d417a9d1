// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.telemetry.ConnectionRecord;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Relays that go on from values, again and again; at the end of each test nothing is left. */
final class ResumedRelayTest extends RelayedPair {
  private static final int MIB = 1 << 20;

  ResumedRelayTest() throws Exception {
    super(Duration.ofSeconds(20));
  }

  @Test
  void losesNoByteInEitherDirection() throws Exception {
    FutureTask<Long> there = start(() -> send(client, 96 * MIB, 1));
    FutureTask<Long> back = start(() -> send(server, 96 * MIB, 2));
    FutureTask<Long> arrived = start(() -> receive(server, 96 * MIB));
    FutureTask<Long> returned = start(() -> receive(client, 96 * MIB));
    int restarts = 0;
    while (!arrived.isDone() || !returned.isDone()) {
      assertThat(rig.restart()).isEqualTo(1);
      restarts++;
    }
    assertThat(arrived.get()).isEqualTo(there.get());
    assertThat(returned.get()).isEqualTo(back.get());
    assertThat(restarts).isGreaterThan(10);
    client.close();
    server.close();
    ConnectionRecord connection = assertRecord("closed", 96L * MIB + 1, 96L * MIB + 1);
    assertThat(connection.traffic().bytesSpliced()).isPositive();
  }

  @Test
  void deliversWhatWaitsInAPipe() throws Exception {
    long written = Channels.fill(client);
    assertThat(rig.pipesTaken()).isEqualTo(1);
    for (int i = 0; i < 3; i++) {
      assertThat(rig.restart()).isEqualTo(1);
      assertThat(rig.pipesTaken()).isEqualTo(1);
    }
    assertThat(drain(written)).isEqualTo(written);
    endBoth(written + 1);
  }

  @Test
  void deliversWhatWaitsInABuffer() throws Exception {
    var pipes = rig.takeAllPipes();
    long written = Channels.fill(client);
    assertThat(rig.buffersTaken()).isEqualTo(1);
    for (int i = 0; i < 3; i++) {
      assertThat(rig.restart()).isEqualTo(1);
      assertThat(rig.buffersTaken()).isEqualTo(1);
    }
    assertThat(drain(written)).isEqualTo(written);
    rig.giveBack(pipes);
    endBoth(written + 1);
  }

  @Test
  void passesOnAnEndThatWaitsBehindBytes() throws Exception {
    long written = Channels.fill(client);
    client.shutdownOutput();
    rig.restart();
    assertThat(drain(Long.MAX_VALUE)).isEqualTo(written);
    endBoth(written + 1);
  }

  @Test
  void keepsAHalfThatHasEndedAndTheOtherThatHasNot() throws Exception {
    client.shutdownOutput();
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    rig.restart();
    Channels.write(server, 5000);
    Channels.read(client, 5000);
    rig.restart();
    server.close();
    assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertRecord("closed", 1, 5001);
  }

  @Test
  void passesAResetOn() throws Exception {
    rig.restart();
    Channels.reset(client);
    Channels.assertReset(server);
    assertRecord("downstream_reset", 1, 1);
  }

  @Test
  void goesOnConnecting() throws Exception {
    try (ServerSocketChannel full =
        ServerSocketChannel.open().bind(new InetSocketAddress(RelayRig.LOOPBACK, 0), 1)) {
      InetSocketAddress address = (InetSocketAddress) full.getLocalAddress();
      try (SocketChannel first = SocketChannel.open(address);
          SocketChannel second = SocketChannel.open(address);
          SocketChannel waiting = rig.connect(address)) {
        Channels.write(waiting, 3);
        // Its SYN is dropped for as long as the queue is full.
        assertThat(rig.restart()).isEqualTo(2);
        assertThat(rig.restart()).isEqualTo(2);
        full.accept().close();
        full.accept().close();
        assertThat(first.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(second.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        try (SocketChannel served = full.accept()) {
          Channels.read(served, 3);
        }
      }
      assertRecord("closed", 3, 0);
    }
    endBoth(1);
  }

  private void endBoth(long received) throws Exception {
    client.close();
    server.close();
    assertRecord("closed", received, 1);
  }

  /** Reads what was sent to the server, up to {@code most} bytes or the end. */
  private long drain(long most) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(MIB);
    long count = 0;
    while (count < most) {
      int read = server.read(buffer.clear());
      if (read < 0) {
        break;
      }
      count += read;
    }
    return count;
  }

  private static long send(SocketChannel channel, int count, int seed) throws Exception {
    byte[] bytes = new byte[100_003];
    new Random(seed).nextBytes(bytes);
    CRC32C sum = new CRC32C();
    int left = count;
    while (left > 0) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, Math.min(left, bytes.length));
      left -= buffer.remaining();
      sum.update(buffer.duplicate());
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
    return sum.getValue();
  }

  private static long receive(SocketChannel channel, int count) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(MIB);
    CRC32C sum = new CRC32C();
    int left = count;
    while (left > 0) {
      buffer.clear().limit(Math.min(left, MIB));
      int read = channel.read(buffer);
      assertThat(read).isPositive();
      left -= read;
      sum.update(buffer.flip());
    }
    return sum.getValue();
  }

  private static <T> FutureTask<T> start(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }
}
