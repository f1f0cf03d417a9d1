// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Clients that talk to a server that echoes, until they are told to stop, and compare. */
final class Talkers implements AutoCloseable {
  private static final int MOST_BYTES = 3000;
  private static final long REST_MILLIS = 60;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<Long>> talks = new ArrayList<>();
  private volatile boolean stopping;

  /** Connects {@code count} of them, each of which begins at once. */
  void connect(Mesh mesh, ServerSocketChannel server, Family family, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      Wire client =
          mesh.connect(
              Party.CLIENT, Mesh.address(Party.SERVER, family, server.socket().getLocalPort()));
      Wire echo = Pair.of(client, server).server();
      var _ = start(() -> echo(echo));
      int seed = talks.size();
      talks.add(start(() -> talk(client, seed)));
    }
  }

  /** Something else beside them, such as one long stream. */
  <T> Future<T> start(Callable<T> body) {
    return threads.submit(body);
  }

  private static long echo(Wire wire) throws IOException {
    long bytes = 0;
    try (SocketChannel channel = wire.channel()) {
      ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
      while (channel.read(buffer.clear()) >= 0) {
        bytes += buffer.flip().remaining();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    }
    return bytes;
  }

  /** How many bytes were sent, all of which came back. */
  private long talk(Wire client, int seed) throws IOException, InterruptedException {
    Random random = new Random(seed);
    long bytes = 0;
    try (client) {
      while (!stopping) {
        byte[] message = new byte[1 + random.nextInt(MOST_BYTES)];
        random.nextBytes(message);
        byte[] back = client.send(message).receive(message.length);
        if (!Arrays.equals(message, back)) {
          throw new IOException("talker " + seed + ": other bytes came back after " + bytes);
        }
        bytes += message.length;
        // So that a thousand of them leave the processors something.
        Thread.sleep(REST_MILLIS + random.nextLong(REST_MILLIS));
      }
      if (client.endOutput().channel().read(ByteBuffer.allocate(1)) != -1) {
        throw new IOException("talker " + seed + ": bytes that nobody sent");
      }
    }
    return bytes;
  }

  /** Has all of them stop; the bytes that went one way, all of which came back. */
  long stop() throws Exception {
    stopping = true;
    long bytes = 0;
    for (Future<Long> talk : talks) {
      bytes += get(talk);
    }
    return bytes;
  }

  static <T> T get(Future<T> future) throws Exception {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException("a talk failed", e.getCause());
    }
  }

  @Override
  public void close() {
    stopping = true;
    threads.shutdownNow();
  }
}
