// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import dev.sluice.bench.load.Pattern.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * What a proxy must get right before its speed counts. Each case has a connection of its own and
 * fails with a sentence.
 */
final class CorrectnessCheck {
  /**
   * The one fault that loses no byte and that well-known proxies have: it is said beside their
   * figures instead of taking their place.
   */
  static final String RESET_LOST = "the client sees an orderly end where the server sent a reset";

  private static final int QUEUED_BYTES = 48 * 1024;
  private static final long HALF_CLOSE_BYTES = 4L << 20;
  private static final long SLOW_BYTES = 8L << 20;
  private static final long SLOW_CLIENT_NANOS = 500_000_000;
  private static final int LIMIT_SECONDS = 30;

  private final String from;
  private final InetAddress to;

  CorrectnessCheck(String from, InetAddress to) {
    this.from = from;
    this.to = to;
  }

  private interface Case {
    void run(SocketChannel channel) throws Exception;
  }

  /**
   * Runs all of them.
   *
   * @return empty, or {@link #RESET_LOST}
   * @throws IOException with the name of the first that fails, and why
   */
  String run() throws IOException {
    run("data queued before the relay is set up", Service.DIGEST, c -> digest(c, QUEUED_BYTES));
    run("half-close", Service.DIGEST, c -> digest(c, HALF_CLOSE_BYTES));
    run("server first, then close", Service.GREETING, CorrectnessCheck::greeting);
    run("a client that reads late", Service.GREETING, CorrectnessCheck::lateGreeting);
    run("a server that reads slowly", Service.SLOW, c -> digest(c, SLOW_BYTES));
    run("200 MiB both ways", Service.DUPLEX, CorrectnessCheck::duplex);
    ResetCase reset = new ResetCase();
    run("a reset by the server", Service.RESET, reset);
    return reset.arrived ? "" : RESET_LOST;
  }

  private void run(String name, Service service, Case body) throws IOException {
    try (SocketChannel channel = SocketChannel.open()) {
      CompletableFuture.runAsync(
              () -> {
                try {
                  channel.bind(LoadClient.source(from, service));
                  channel.connect(LoadClient.target(to, service));
                  body.run(channel);
                } catch (Exception e) {
                  throw new CompletionException(e);
                }
              })
          .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(name + ": " + String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new IOException(name + ": no end within " + LIMIT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SocketTimeoutException(name + ": interrupted");
    }
  }

  private static void digest(SocketChannel channel, long bytes) throws IOException {
    Pattern.write(channel, bytes);
    channel.shutdownOutput();
    expect(Pattern.digest(bytes), Digest.readFrom(channel), "what the server got");
    expectEnd(channel);
  }

  private static void greeting(SocketChannel channel) throws IOException {
    expect(
        Pattern.digest(LoadServer.GREETING_BYTES),
        Pattern.read(channel, Long.MAX_VALUE),
        "what the client got");
  }

  private static void lateGreeting(SocketChannel channel) throws IOException {
    LockSupport.parkNanos(SLOW_CLIENT_NANOS);
    greeting(channel);
  }

  private static final class ResetCase implements Case {
    private volatile boolean arrived;

    @Override
    public void run(SocketChannel channel) throws IOException {
      channel.write(ByteBuffer.allocate(1));
      try {
        if (channel.read(ByteBuffer.allocate(1)) > 0) {
          throw new IOException("a byte came; expected a reset");
        }
      } catch (SocketException e) {
        arrived = String.valueOf(e.getMessage()).contains("reset");
        if (!arrived) {
          throw e;
        }
      }
    }
  }

  private static void duplex(SocketChannel channel) throws Exception {
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              try {
                Pattern.write(channel, LoadServer.DUPLEX_BYTES);
                channel.shutdownOutput();
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            });
    Digest wanted = Pattern.digest(LoadServer.DUPLEX_BYTES);
    expect(wanted, Pattern.read(channel, LoadServer.DUPLEX_BYTES), "what the client got");
    writer.get();
    expect(wanted, Digest.readFrom(channel), "what the server got");
    expectEnd(channel);
  }

  private static void expect(Digest wanted, Digest found, String what) throws IOException {
    if (!wanted.equals(found)) {
      throw new IOException(what + " was " + found + "; expected " + wanted);
    }
  }

  private static void expectEnd(SocketChannel channel) throws IOException {
    if (channel.read(ByteBuffer.allocate(1)) >= 0) {
      throw new IOException("bytes came after the last one; expected the end of the stream");
    }
  }
}
