// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.intercept.LoopGuard;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.net.EndpointAddress;
import dev.sluice.upstream.ConnectResult;
import dev.sluice.upstream.Connector;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Connecting over the loopback address and closing with RST (so that no TIME_WAIT uses the ports
 * up), the accepting side included: the product's connector on its event loop against a blocking
 * channel of the JDK.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@SuppressWarnings("NullAway.Init") // JMH sets the fields in setUp
public class ConnectBenchmark {
  /** In one go, so that the way to the event loop and back is not what is measured. */
  private static final int BATCH = 64;

  private AcceptingServer server;
  private Workers workers;
  private Worker worker;
  private Connector connector;
  private List<UpstreamAttempt> attempts;

  /** Starts one event loop and somebody to connect to. */
  @Setup
  public void setUp() throws IOException {
    server = new AcceptingServer();
    workers = Workers.start(1, System.err::println);
    worker = workers.all().getFirst();
    LoopGuard guard = new LoopGuard(new ListenerPorts(15_001, 15_006), new LocalAddresses());
    connector = new Connector(guard, Duration.ofSeconds(5));
    attempts =
        List.of(
            new UpstreamAttempt(
                new EndpointAddress(server.address()), new UpstreamSource.ChosenByKernel(), ""));
  }

  /** Ends both. */
  @TearDown
  public void tearDown() throws IOException {
    workers.close();
    server.close();
  }

  /** The product's way. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void connector() throws Exception {
    Batch batch = new Batch();
    worker.execute(batch::next);
    String failure = batch.end.take();
    if (!failure.isEmpty()) {
      throw new IllegalStateException(failure);
    }
    server.awaitAccepted(BATCH);
  }

  /** The least that the JDK needs for the same. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void blockingChannel() throws Exception {
    for (int i = 0; i < BATCH; i++) {
      try (SocketChannel channel = SocketChannel.open(server.address())) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    }
    server.awaitAccepted(BATCH);
  }

  /** One connect after the other on the event loop. */
  private final class Batch {
    private final SynchronousQueue<String> end = new SynchronousQueue<>();
    private int left = BATCH;

    void next() {
      connector.connect(worker, attempts, this::connected);
    }

    private void connected(ConnectResult result) {
      String failure =
          switch (result) {
            case ConnectResult.Connected connected -> reset(connected);
            case ConnectResult.Failed failed -> failed.toString();
          };
      left--;
      if (left == 0 || !failure.isEmpty()) {
        hand(failure);
      } else {
        // Not from inside the receiver: a connect that ends at once would nest 64 deep.
        worker.execute(this::next);
      }
    }

    private String reset(ConnectResult.Connected connected) {
      try {
        SocketOptions.setLingerZero(connected.socket().number());
        connected.socket().closeDescriptor();
        connector.released(connected.leg());
        return "";
      } catch (SyscallException e) {
        return String.valueOf(e.getMessage());
      }
    }

    private void hand(String failure) {
      try {
        end.put(failure);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
