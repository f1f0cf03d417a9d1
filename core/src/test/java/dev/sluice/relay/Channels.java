// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.FutureTask;

/** What clients and servers do in the tests of the relay. */
final class Channels {
  private Channels() {}

  /** Writes until nothing moves any more; how much went. */
  static long fill(SocketChannel channel) throws Exception {
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

  static void write(SocketChannel channel, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  static void read(SocketChannel channel, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      assertThat(channel.read(buffer)).isNotNegative();
    }
  }

  static void reset(SocketChannel channel) throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  static void assertReset(SocketChannel channel) {
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reset");
  }

  /** Sends {@code count} bytes that differ from place to place, and reads them at the other end. */
  static void send(SocketChannel from, SocketChannel to, int count) throws Exception {
    byte[] sent = new byte[count];
    new Random(count).nextBytes(sent);
    FutureTask<Void> writing =
        inBackground(
            () -> {
              ByteBuffer rest = ByteBuffer.wrap(sent);
              while (rest.hasRemaining()) {
                from.write(rest);
              }
            });
    ByteBuffer received = ByteBuffer.allocate(count);
    while (received.hasRemaining()) {
      assertThat(to.read(received)).isNotNegative();
    }
    writing.get();
    assertThat(received.array()).isEqualTo(sent);
  }

  static FutureTask<Void> inBackground(Work work) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              work.run();
              return null;
            });
    Thread.ofVirtual().start(task);
    return task;
  }

  /** A piece of a test that may fail. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }
}
