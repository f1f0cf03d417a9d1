// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings;
import dev.sluice.handover.FrozenProxy;
import dev.sluice.handover.Link;
import dev.sluice.handover.Source;
import dev.sluice.handover.Taking;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.listener.ListenException;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.SpareHeap;
import dev.sluice.loop.Standstill;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.net.InterceptionMode;
import dev.sluice.relay.FrozenConnection;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Exposition;
import dev.sluice.workload.WorkloadProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A running {@code sluice proxy}: the proxy of the namespace that it lives in, with event loops of
 * its own. Started and closed by one thread.
 */
final class ProxyProcess implements Source, AutoCloseable {
  private static final long PROBE_SECONDS = 5;

  private final ProxySettings settings;
  private final Workers workers;
  private final WorkloadProxy proxy;
  private final ConnectionSlots slots;
  private final AtomicLong ids = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private Optional<Link> link = Optional.empty();
  private String takenOver = "";
  private @Nullable Standstill standstill;

  private ProxyProcess(ProxySettings settings, Workers workers, WorkloadProxy proxy) {
    this.settings = settings;
    this.workers = workers;
    this.proxy = proxy;
    this.slots = new ConnectionSlots(settings.limits().connections());
  }

  /**
   * Listens and serves.
   *
   * @throws ListenException if a listener can't be had; nothing is left open
   */
  static ProxyProcess start(
      ProxySettings settings,
      int eventLoops,
      WorkloadProxy.World world,
      WorkloadProxy.Observers observers)
      throws ListenException {
    WorkloadProxy proxy =
        WorkloadProxy.open(settings, WorkloadProxy.Place.here(), observers.complaints());
    Workers workers = Workers.start(eventLoops, line -> observers.complaints().say("pipe", line));
    ProxyProcess process = new ProxyProcess(settings, workers, proxy);
    process.keepFresh();
    process.serve(world, observers);
    process.beat(world, observers);
    return process;
  }

  /** Whoever serves at present, and may be taken over from. */
  @FunctionalInterface
  interface Predecessor {
    /**
     * Has it stand still and sends for all of it; empty if there is nobody.
     *
     * @throws IOException if it goes on by itself
     */
    Optional<Taking> ask() throws IOException;
  }

  /**
   * Goes on with what {@code predecessor} serves; starts from nothing if there is nobody.
   *
   * @throws IOException if it refuses, or a listener can't be had
   */
  static ProxyProcess takeOver(
      ProxySettings settings,
      int eventLoops,
      WorkloadProxy.World world,
      WorkloadProxy.Observers observers,
      Predecessor predecessor)
      throws IOException {
    WorkloadProxy proxy = WorkloadProxy.unopened(settings, WorkloadProxy.Place.here());
    Workers workers = Workers.start(eventLoops, line -> observers.complaints().say("pipe", line));
    ProxyProcess process = new ProxyProcess(settings, workers, proxy);
    // What takes time comes first: from the question on no byte moves.
    process.keepFresh();
    process.beat(world, observers);
    Optional<Taking> answer = predecessor.ask();
    if (answer.isEmpty()) {
      process.closed.countDown();
      workers.close();
      return start(settings, eventLoops, world, observers);
    }
    try (Taking taking = answer.get()) {
      process.goOnWith(taking, world, observers);
    }
    return process;
  }

  private void goOnWith(Taking taking, WorkloadProxy.World world, WorkloadProxy.Observers observers)
      throws IOException {
    Standstill gate = Standstill.of(workers.all(), Worker::tick).standstill();
    proxy.inherit(taking.proxy().listeners());
    ids.set(taking.proxy().lastId());
    serve(world, observers);
    proxy.resume(taking.proxy().connections());
    // Should this fail, the gate stays shut: what waits behind it must never happen here.
    taking.confirm();
    gate.end();
    // The policies of this process hold for what the other one let in, too.
    proxy.decideAgain();
    proxy.settle();
    link = taking.link().map(Link::new);
    takenOver = ", took over " + taking.proxy().connections().size();
  }

  private void serve(WorkloadProxy.World world, WorkloadProxy.Observers observers)
      throws ListenException {
    proxy.start(new WorkloadProxy.Resources(workers, slots, ids), world, observers);
    SpareHeap.watch(worker());
  }

  private void beat(WorkloadProxy.World world, WorkloadProxy.Observers observers) {
    world
        .channel()
        .ifPresent(
            channel -> Heartbeat.start(channel, workers.all().getFirst(), observers.complaints()));
  }

  /** The connection to process 1 that waits for the end of this one, if there is one. */
  Optional<Link> link() {
    return link;
  }

  /** The loop for what is not of a connection. */
  Worker worker() {
    return workers.all().getFirst();
  }

  @Override
  public FrozenProxy standStill() {
    proxy.keepOwn(true);
    Standstill.Still<List<FrozenConnection>> still = stopped();
    standstill = still.standstill();
    return new FrozenProxy(
        ids.get(),
        link.stream().mapToInt(Link::descriptor).findFirst(),
        proxy.frozenListeners(),
        still.seen().stream().flatMap(List::stream).toList());
  }

  private Standstill.Still<List<FrozenConnection>> stopped() {
    try {
      return Standstill.of(workers.all(), proxy::frozenOn);
    } catch (RuntimeException e) {
      proxy.keepOwn(false);
      throw e;
    }
  }

  @Override
  public void goOn() {
    Objects.requireNonNull(standstill, "it stands still").end();
    proxy.keepOwn(false);
  }

  @Override
  public void letGo() {
    CountDownLatch left = new CountDownLatch(workers.all().size());
    Objects.requireNonNull(standstill, "it stands still")
        .end(
            worker -> {
              try {
                proxy.letGoOn(worker);
              } finally {
                left.countDown();
              }
            });
    try {
      left.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The rules may be made after the proxy was started, and change: so it is looked at again. */
  private void keepFresh() {
    if (settings.mode() != InterceptionMode.TPROXY) {
      return;
    }
    proxy.refresh();
    Thread.ofPlatform()
        .daemon()
        .name("sluice-probe")
        .start(
            () -> {
              try {
                while (!closed.await(PROBE_SECONDS, TimeUnit.SECONDS)) {
                  proxy.refresh();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  /** One line for the start. */
  String description() {
    return "listening, outbound "
        + settings.ports().outbound()
        + ", inbound "
        + settings.ports().inbound()
        + ", "
        + settings.mode()
        + ", "
        + (proxy.families().contains(AddressFamily.INET6) ? "IPv4 and IPv6" : "IPv4 only")
        + ", event loops "
        + workers.all().size()
        + ", up to "
        + settings.limits().connections()
        + " connections"
        + takenOver;
  }

  /** Resets every open connection that the snapshot of now denies, soon. Thread-safe. */
  void decideAgain() {
    proxy.decideAgain();
  }

  /** Whether it goes on with what another process has served. */
  boolean tookOver() {
    return !takenOver.isEmpty();
  }

  /** Stops accepting; what is open goes on. Blocks for a moment. */
  void stopAccepting() {
    proxy.stopAccepting();
  }

  /** Appends what can be told of the event loops; any thread, whose view is a moment old. */
  void appendTo(Exposition out) {
    ProcessMetrics.loops(out, settings.limits().connections(), workers);
  }

  /** How many connections are open. Thread-safe. */
  int openConnections() {
    return proxy.openConnections();
  }

  /** Hands over what can be told of open connections, on another thread. Thread-safe. */
  void viewConnections(int most, Consumer<List<ConnectionView>> receiver) {
    proxy.viewConnections(most, receiver);
  }

  /** Runs {@code then} once each event loop has had its turn. Thread-safe. */
  void alive(Runnable then) {
    workers.afterTurns(then);
  }

  /** Stops accepting, and lets what is open go on for so long, or until {@code hurry} opens. */
  void drain(Duration atMost, CountDownLatch hurry) throws InterruptedException {
    proxy.drain(atMost, hurry);
  }

  /** What was not given back. Once it is closed. */
  Remains remains() {
    return new Remains(
        slots.taken(), proxy.remembered(), workers.buffersTaken(), workers.pipesTaken());
  }

  /** Stops accepting, resets what is open, and returns when all of it is recorded. */
  @Override
  public void close() {
    closed.countDown();
    // Netty's loops forget what they have if they are busy while they are ended.
    proxy.close();
    workers.close();
  }
}
