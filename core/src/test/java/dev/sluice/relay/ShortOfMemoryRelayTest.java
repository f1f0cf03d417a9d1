// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.loop.HeldMemory;
import dev.sluice.telemetry.ConnectionRecord;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A workload that may hold nothing for slow readers. */
final class ShortOfMemoryRelayTest extends RelayedPair {
  private static final int MIB = 1 << 20;

  ShortOfMemoryRelayTest() throws Exception {
    super(Duration.ofSeconds(20), new HeldMemory(0));
  }

  @Test
  void deliversEveryByteOnceAndInOrderInBothDirectionsAtOnce() throws Exception {
    FutureTask<Void> back = Channels.inBackground(() -> Channels.send(server, client, 32 * MIB));
    Channels.send(client, server, 64 * MIB);
    back.get();
    client.shutdownOutput();
    server.shutdownOutput();
    assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    ConnectionRecord connection = assertRecord("closed", 64L * MIB + 1, 32L * MIB + 1);
    assertThat(connection.traffic().bytesSpliced()).isZero();
  }

  @Test
  void holdsNothingForASlowReader() throws Exception {
    byte[] sent = new byte[16 * MIB];
    new Random(1).nextBytes(sent);
    client.configureBlocking(false);
    ByteBuffer rest = ByteBuffer.wrap(sent);
    for (int quiet = 0; quiet < 10; Thread.sleep(20)) {
      quiet = client.write(rest) == 0 ? quiet + 1 : 0;
    }
    int written = rest.position();
    assertThat(written).isLessThan(sent.length);
    assertThat(rig.memoryTaken()).isZero();
    assertThat(rig.buffersTaken()).isZero();
    assertThat(rig.pipesTaken()).isZero();
    client.shutdownOutput();
    ByteBuffer received = ByteBuffer.allocate(written);
    while (received.hasRemaining()) {
      assertThat(server.read(received)).isPositive();
    }
    assertThat(received.array()).isEqualTo(Arrays.copyOf(sent, written));
    assertThat(server.read(ByteBuffer.allocate(1))).as("the end, too").isEqualTo(-1);
    server.close();
    assertRecord("closed", written + 1L, 1);
  }

  /** A direction that waits for its reader costs nothing meanwhile, and is no busy loop. */
  @Test
  void isQuietWhileItWaits() throws Exception {
    Channels.fill(client);
    long before = processorTime();
    Thread.sleep(500);
    assertThat(processorTime() - before).as("ns").isLessThan(250_000_000);
    Channels.reset(client);
    assertThat(rig.record().outcome().label()).isEqualTo("downstream_reset");
  }

  private static long processorTime() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void losesNothingBehindUrgentData(boolean endsAtOnce) throws Exception {
    long written = Channels.fill(client);
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
    assertRecord("closed", written + 1001, 1);
  }

  @Test
  void passesTheReadersResetOn() throws Exception {
    Channels.fill(client);
    Channels.reset(server);
    Channels.assertReset(client);
    assertThat(rig.record().outcome().label()).isEqualTo("upstream_reset");
  }

  @Test
  void goesOnInAnotherProcess() throws Exception {
    long written = Channels.fill(client);
    assertThat(rig.restart()).isOne();
    client.shutdownOutput();
    Channels.read(server, (int) written);
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    server.close();
    assertRecord("closed", written + 1, 1);
    await().until(rig::openConnections, open -> open == 0);
  }
}
