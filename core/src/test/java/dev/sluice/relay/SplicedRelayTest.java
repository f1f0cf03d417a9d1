// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.telemetry.ConnectionRecord;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directions that are busy enough for a pipe; at the end of each test nothing is left. */
final class SplicedRelayTest extends RelayedPair {
  private static final int MIB = 1 << 20;

  SplicedRelayTest() throws Exception {
    super(Duration.ofSeconds(20));
  }

  @Test
  void deliversEveryByteOnceAndInOrder() throws Exception {
    Channels.send(client, server, 64 * MIB);
    client.close();
    server.close();
    ConnectionRecord connection = rig.record();
    assertThat(connection.traffic().bytesReceived()).isEqualTo(64L * MIB + 1);
    assertThat(connection.traffic().bytesSpliced()).isBetween(32L * MIB, 64L * MIB);
  }

  @Test
  void movesBothDirectionsAtOnceAndEndsBothAtOnce() throws Exception {
    FutureTask<Void> back = Channels.inBackground(() -> Channels.send(server, client, 32 * MIB));
    Channels.send(client, server, 32 * MIB);
    back.get();
    client.shutdownOutput();
    server.shutdownOutput();
    assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertSpliced("closed", 32L * MIB + 1, 32L * MIB + 1);
  }

  @Test
  void changesBetweenCopyingAndSplicingManyTimes() throws Exception {
    long moved = 1;
    for (int i = 0; i < 6; i++) {
      Channels.send(client, server, 16 * MIB);
      await().until(rig::pipesTaken, taken -> taken == 0);
      for (int j = 0; j < 10; j++) {
        Channels.send(client, server, 1000);
      }
      moved += 16L * MIB + 10_000;
    }
    client.close();
    server.close();
    ConnectionRecord connection = rig.record();
    assertThat(connection.traffic().bytesReceived()).isEqualTo(moved);
    assertThat(connection.traffic().bytesSpliced()).isGreaterThan(6L * 8 * MIB);
  }

  @Test
  void keepsTheOtherDirectionAfterASplicedOneHasEnded() throws Exception {
    Channels.send(client, server, 16 * MIB);
    client.shutdownOutput();
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    Channels.send(server, client, 16 * MIB);
    server.shutdownOutput();
    assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertSpliced("closed", 16L * MIB + 1, 16L * MIB + 1);
  }

  @Test
  void deliversAFullPipeToASlowReader() throws Exception {
    long written = Channels.fill(client);
    assertThat(rig.pipesTaken()).isEqualTo(1);
    assertThat(rig.buffersTaken()).isZero();
    // Nothing moves, and yet the pipe is needed: the ticks must leave it alone.
    Thread.sleep(600);
    assertThat(rig.pipesTaken()).isEqualTo(1);
    client.shutdownOutput();
    Channels.read(server, (int) written);
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    server.close();
    assertSpliced("closed", written + 1, 1);
  }

  /** Splice takes urgent data for an empty socket, and with an end behind them for the end. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void losesNothingBehindUrgentData(boolean endsAtOnce) throws Exception {
    long written = Channels.fill(client);
    assertThat(rig.pipesTaken()).isEqualTo(1);
    Channels.read(server, (int) written / 2);
    client.socket().sendUrgentData(1);
    Channels.write(client, 1000);
    if (endsAtOnce) {
      client.shutdownOutput();
    }
    Channels.read(server, (int) (written - written / 2) + 1000);
    client.close();
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    server.close();
    assertSpliced("closed", written + 1001, 1);
  }

  @Test
  void passesAResetOnWhileThePipeIsFull() throws Exception {
    Channels.fill(client);
    assertThat(rig.pipesTaken()).isEqualTo(1);
    Channels.reset(client);
    // What was on its way may still be read before the reset is.
    assertThat(rig.record().outcome().label()).isEqualTo("downstream_reset");
  }

  @Test
  void passesTheReadersResetOnWhileThePipeIsFull() throws Exception {
    Channels.fill(client);
    assertThat(rig.pipesTaken()).isEqualTo(1);
    Channels.reset(server);
    Channels.assertReset(client);
    assertThat(rig.record().outcome().label()).isEqualTo("upstream_reset");
  }

  @Test
  void copiesWhenEveryPipeIsTaken() throws Exception {
    var pipes = rig.takeAllPipes();
    Channels.send(client, server, 32 * MIB);
    rig.giveBack(pipes);
    client.close();
    server.close();
    ConnectionRecord connection = rig.record();
    assertThat(connection.traffic().bytesReceived()).isEqualTo(32L * MIB + 1);
    assertThat(connection.traffic().bytesSpliced()).isZero();
  }

  private void assertSpliced(String outcome, long received, long sent) throws Exception {
    assertThat(assertRecord(outcome, received, sent).traffic().bytesSpliced()).isPositive();
  }
}
