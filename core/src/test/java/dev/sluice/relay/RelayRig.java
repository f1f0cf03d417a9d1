// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.intercept.LoopGuard;
import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.SplicePipe;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.HeldMemory;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.ConnectionRecorder;
import dev.sluice.telemetry.Counters;
import dev.sluice.upstream.Connector;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** One real worker that forwards from a loopback socket to another, and what it has in hand. */
final class RelayRig implements AutoCloseable {
  static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final Workers workers = Workers.start(1, complaints::add);
  private final Worker worker = workers.all().getFirst();
  private final LoopGuard loopGuard =
      new LoopGuard(new ListenerPorts(15_001, 15_006), new LocalAddresses());
  private final ConnectionSlots slots = new ConnectionSlots(100);
  private final LinkedBlockingQueue<ConnectionRecord> records = new LinkedBlockingQueue<>();
  private final DownstreamFactory downstreams =
      new DownstreamFactory(new AtomicLong(), Direction.OUTBOUND, InterceptionMode.REDIRECT);
  private final HeldMemory memory;
  private final Forwarding forwarding;
  private final int listener;

  RelayRig(Duration idleTimeout) throws Exception {
    this(idleTimeout, HeldMemory.unlimited());
  }

  RelayRig(Duration idleTimeout, HeldMemory memory) throws Exception {
    this.memory = memory;
    this.forwarding =
        new Forwarding(
            new Connector(loopGuard, Duration.ofSeconds(5)),
            new ConnectionRecorder(new Counters(), records::add),
            slots,
            memory,
            idleTimeout);
    this.listener = Sockets.openStream(AddressFamily.INET);
    Sockets.bind(listener, AddressFamily.INET, new InetSocketAddress(LOOPBACK, 0));
    Sockets.listen(listener, 16);
  }

  /** A client whose connection is being forwarded to {@code server}. */
  SocketChannel connect(InetSocketAddress server) throws Exception {
    SocketChannel client = SocketChannel.open(Sockets.localAddress(listener));
    PeerAddress peer = new PeerAddress();
    int accepted =
        await()
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(1))
            .until(() -> Sockets.accept(listener, peer), fd -> !Errno.EAGAIN.returnedBy(fd));
    assertThat(accepted).isNotNegative();
    assertThat(slots.take()).isTrue();
    worker.connectionAdded();
    Downstream downstream =
        downstreams.of(
            accepted,
            worker,
            new ClientAddress(peer.toSocketAddress()),
            new OriginalDestination(server),
            PathReason.NO_SERVICE);
    UpstreamAttempt attempt =
        new UpstreamAttempt(new EndpointAddress(server), new UpstreamSource.ChosenByKernel(), "");
    worker.execute(() -> forwarding.forward(downstream, List.of(attempt)));
    return client;
  }

  /** The next record, which must come soon. */
  ConnectionRecord record() throws InterruptedException {
    return Objects.requireNonNull(records.poll(10, TimeUnit.SECONDS), "no record within 10 s");
  }

  int openConnections() {
    return forwarding.open().all().size();
  }

  /** Ends everything that is open, as when a workload is given up. */
  void endAll() {
    ask(
        () -> {
          forwarding
              .open()
              .endOn(worker, new Outcome.Failed(FailureKind.SHUTDOWN, "the test gives it up"));
          return true;
        });
  }

  /** How many buffers wait for a slow reader. */
  int buffersTaken() {
    return ask(() -> worker.buffers().taken());
  }

  /** How many bytes of both count as held. */
  long memoryTaken() {
    return ask(memory::taken);
  }

  /** How many pipes are out. */
  int pipesTaken() {
    return ask(() -> worker.pipes().taken());
  }

  /** Takes every pipe that there is, so that connections from now on are copied. */
  List<SplicePipe> takeAllPipes() {
    return ask(
        () ->
            Stream.generate(() -> worker.pipes().take(worker.tick()))
                .takeWhile(Objects::nonNull)
                .toList());
  }

  void giveBack(List<SplicePipe> pipes) {
    ask(
        () -> {
          pipes.forEach(worker.pipes()::giveBack);
          return true;
        });
  }

  /** On the worker's own thread. */
  private <T> T ask(Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    worker.execute(() -> answer.complete(question.get()));
    return answer.join();
  }

  /**
   * As if another process had taken everything over: whatever is open goes on from values, with
   * copies of the descriptors. How many connections that were.
   */
  int restart() {
    return ask(
        () -> {
          List<FrozenConnection> copies =
              forwarding.open().frozenOn(worker).stream().map(Copies::of).toList();
          forwarding.open().letGoOn(worker);
          for (FrozenConnection copy : copies) {
            slots.release();
            worker.connectionEnded();
            forwarding.resume(copy, worker);
          }
          return copies.size();
        });
  }

  /** Nothing is in hand any more, and nothing was recorded twice. */
  void assertNothingLeft() {
    assertThat(buffersTaken()).as("buffers").isZero();
    assertThat(pipesTaken()).as("pipes").isZero();
    assertThat(memory.taken()).as("memory").isZero();
    assertThat(complaints).isEmpty();
    assertThat(slots.taken()).as("slots").isZero();
    assertThat(worker.connections()).as("connections of the worker").isZero();
    assertThat(loopGuard.remembered()).as("remembered connections").isZero();
    assertThat(forwarding.open().all()).as("open connections").isEmpty();
    assertThat(records).as("further records").isEmpty();
  }

  @Override
  public void close() {
    Sockets.close(listener);
    workers.close();
  }
}
