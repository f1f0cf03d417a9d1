// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;

/**
 * Every {@link Service} but those of nginx and iperf3, in both families, until the process is
 * killed. Prints a line when it listens.
 */
public final class LoadServer {
  /** What {@link Service#GREETING} sends. */
  public static final int GREETING_BYTES = 1 << 20;

  /** What {@link Service#DUPLEX} sends, and is sent. */
  public static final long DUPLEX_BYTES = 200L << 20;

  /** The line. */
  public static final String LISTENING = "load server: listening";

  private static final int BACKLOG = 1024;
  private static final long SLOW_START_NANOS = 500_000_000;
  private static final long SLOW_STEP_NANOS = 500_000;
  private static final int SLOW_STEP_BYTES = 16 * 1024;

  private LoadServer() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) throws IOException {
    for (Service service : Service.values()) {
      switch (service) {
        case HTTP, STREAM -> {}
        case ECHO, GREETING, DIGEST, DUPLEX, RESET, SLOW -> listen(service);
      }
    }
    System.out.println(LISTENING);
  }

  private static void listen(Service service) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(service.port()), BACKLOG);
    Thread.ofPlatform().name(service.name()).start(() -> acceptAll(service, listener));
  }

  private static void acceptAll(Service service, ServerSocketChannel listener) {
    while (true) {
      try {
        SocketChannel channel = listener.accept();
        Thread.ofPlatform().daemon().start(() -> serve(service, channel));
      } catch (IOException e) {
        System.err.println("load server: accepting for " + service + ": " + e.getMessage());
      }
    }
  }

  private static void serve(Service service, SocketChannel accepted) {
    try (SocketChannel channel = accepted) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      switch (service) {
        case HTTP, STREAM -> throw new IllegalArgumentException("others serve " + service);
        case ECHO -> echo(channel);
        case GREETING -> Pattern.write(channel, GREETING_BYTES);
        case DIGEST -> answer(channel, Pattern.read(channel, Long.MAX_VALUE));
        case DUPLEX -> duplex(channel);
        case RESET -> {
          channel.read(ByteBuffer.allocate(1));
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        case SLOW -> slow(channel);
      }
    } catch (IOException e) {
      // The client knows what it expected, and says so.
    }
  }

  private static void echo(SocketChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    while (channel.read(buffer) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      buffer.clear();
    }
  }

  private static void answer(SocketChannel channel, Pattern.Digest digest) throws IOException {
    ByteBuffer encoded = digest.encoded();
    while (encoded.hasRemaining()) {
      channel.write(encoded);
    }
  }

  private static void duplex(SocketChannel channel) throws IOException {
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    Pattern.write(channel, DUPLEX_BYTES);
                  } catch (IOException e) {
                    // The client misses what wasn't written.
                  }
                });
    Pattern.Digest digest = Pattern.read(channel, Long.MAX_VALUE);
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    answer(channel, digest);
  }

  private static void slow(SocketChannel channel) throws IOException {
    LockSupport.parkNanos(SLOW_START_NANOS);
    answer(channel, Pattern.read(new SlowChannel(channel), Long.MAX_VALUE));
  }

  /** Reads little at a time, with a pause each time. */
  private record SlowChannel(SocketChannel channel)
      implements java.nio.channels.ReadableByteChannel {
    @Override
    public int read(ByteBuffer target) throws IOException {
      LockSupport.parkNanos(SLOW_STEP_NANOS);
      ByteBuffer part =
          target.slice(target.position(), Math.min(SLOW_STEP_BYTES, target.remaining()));
      int count = channel.read(part);
      target.position(target.position() + Math.max(0, count));
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
