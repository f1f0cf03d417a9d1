// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One message to an echo server and back over the loopback address, without a proxy and through the
 * product's relay. The difference is what the relay costs for two passes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@SuppressWarnings("NullAway.Init") // JMH sets the fields in setUp
public class RelayBenchmark {
  /** The way that the bytes take. */
  public enum Path {
    /** From the client to the server. */
    DIRECT,
    /** Through a relay on an event loop of its own. */
    RELAY
  }

  /** With and without the relay, in one run: only their ratio says something. */
  @Param public Path path;

  /** The length of the message. */
  @Param({"64", "1024", "65536"})
  public int bytes;

  private EchoServer server;
  private @Nullable ProxyInFront proxy;
  private SocketChannel client;
  private ByteBuffer message;
  private ByteBuffer answer;

  /** Connects, and checks that the echo is one. */
  @Setup
  public void setUp() throws IOException {
    server = new EchoServer();
    client =
        switch (path) {
          case DIRECT -> SocketChannel.open(server.address());
          case RELAY -> {
            ProxyInFront inFront = new ProxyInFront(server.address());
            proxy = inFront;
            yield inFront.connect();
          }
        };
    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    message = ByteBuffer.allocateDirect(bytes);
    answer = ByteBuffer.allocateDirect(bytes);
    for (int i = 0; i < bytes; i++) {
      message.put(i, (byte) (i * 31));
    }
    roundTrip();
    if (!message.rewind().equals(answer.rewind())) {
      throw new IllegalStateException("the echo of " + bytes + " bytes differs from the message");
    }
  }

  /** Closes from the client's side, so that the relay ends as it does in life. */
  @TearDown
  public void tearDown() throws IOException {
    client.close();
    server.close();
    ProxyInFront inFront = proxy;
    if (inFront != null) {
      inFront.close();
    }
  }

  /** One message there and back. */
  @Benchmark
  public int roundTrip() throws IOException {
    message.rewind();
    while (message.hasRemaining()) {
      client.write(message);
    }
    answer.rewind();
    while (answer.hasRemaining()) {
      if (client.read(answer) < 0) {
        throw new EOFException("the echo ended after " + answer.position() + " bytes");
      }
    }
    return answer.get(bytes - 1);
  }
}
