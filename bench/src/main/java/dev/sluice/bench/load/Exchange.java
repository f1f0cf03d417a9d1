// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/** Small messages that are echoed, over several connections at once. */
final class Exchange {
  private static final int MESSAGE_BYTES = 128;
  private static final long WARM_UP_NANOS = 300_000_000;

  /** As many as a connection can exchange in the longest run. */
  private static final int MOST_SAMPLES = 1 << 17;

  private final InetSocketAddress from;
  private final InetSocketAddress to;
  private final int connections;
  private final long nanos;

  Exchange(InetSocketAddress from, InetSocketAddress to, int connections, long millis) {
    this.from = from;
    this.to = to;
    this.connections = connections;
    this.nanos = millis * 1_000_000;
  }

  /** Each connection sends its next message as soon as the last one has come back. */
  Latencies asFastAsPossible() throws Exception {
    return onAll((channel, number, start) -> pingPong(channel, start));
  }

  /**
   * All connections together send {@code perSecond} messages a second, each at the time that is its
   * own. A message that leaves late, because the one before it was still out, counts from when it
   * should have left.
   */
  Latencies atRate(int perSecond) throws Exception {
    long interval = interval(perSecond);
    return onAll(
        (channel, number, start) ->
            atInterval(channel, start + interval * number / connections, interval, WARM_UP_NANOS));
  }

  /** The same from the first message on: each connection is made when its first one is due. */
  Latencies atRateAtOnce(int perSecond) throws Exception {
    long interval = interval(perSecond);
    try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
      List<Future<long[]>> results = new ArrayList<>();
      long start = System.nanoTime();
      for (int i = 0; i < connections; i++) {
        long first = start + interval * i / connections;
        results.add(threads.submit(() -> connectedWhenDue(first, interval)));
      }
      return all(results);
    } catch (ExecutionException e) {
      throw new IOException("exchanging messages with " + to + ": " + e.getCause(), e);
    }
  }

  private long[] connectedWhenDue(long first, long interval) throws IOException {
    sleepUntil(first);
    try (SocketChannel channel = connect()) {
      return atInterval(channel, first, interval, 0);
    }
  }

  private long interval(int perSecond) {
    return 1_000_000_000L * connections / perSecond;
  }

  private interface Talk {
    /** Latencies in nanoseconds, of the messages after the warm-up. */
    long[] run(SocketChannel channel, int number, long start) throws IOException;
  }

  private Latencies onAll(Talk talk) throws Exception {
    List<SocketChannel> channels = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
      for (int i = 0; i < connections; i++) {
        channels.add(connect());
      }
      long start = System.nanoTime();
      List<Future<long[]>> results = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        int number = i;
        results.add(threads.submit(() -> talk.run(channels.get(number), number, start)));
      }
      return all(results);
    } catch (ExecutionException e) {
      throw new IOException("exchanging messages with " + to + ": " + e.getCause(), e);
    } finally {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }

  private static Latencies all(List<Future<long[]>> results) throws Exception {
    List<long[]> samples = new ArrayList<>();
    for (Future<long[]> result : results) {
      samples.add(result.get());
    }
    return Latencies.of(samples.stream().flatMapToLong(Arrays::stream).toArray());
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.bind(from);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.connect(to);
    return channel;
  }

  private long[] pingPong(SocketChannel channel, long start) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    long[] samples = new long[MOST_SAMPLES];
    int count = 0;
    long sent = System.nanoTime();
    while (sent - start < WARM_UP_NANOS + nanos && count < samples.length) {
      exchange(channel, buffer);
      long now = System.nanoTime();
      if (sent - start >= WARM_UP_NANOS) {
        samples[count++] = now - sent;
      }
      sent = now;
    }
    return Arrays.copyOf(samples, count);
  }

  /** Messages that are due within the first {@code unseen} nanoseconds don't count. */
  private long[] atInterval(SocketChannel channel, long first, long interval, long unseen)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    long[] samples = new long[(int) (nanos / interval) + 1];
    int count = 0;
    long end = first + unseen + nanos;
    for (long due = first; due < end && count < samples.length; due += interval) {
      sleepUntil(due);
      exchange(channel, buffer);
      if (due - first >= unseen) {
        samples[count++] = System.nanoTime() - due;
      }
    }
    return Arrays.copyOf(samples, count);
  }

  private static void sleepUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void exchange(SocketChannel channel, ByteBuffer buffer) throws IOException {
    buffer.clear();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("the server ended the stream");
      }
    }
  }
}
