// SPDX-License-Identifier: Apache-2.0
package dev.sluice.workload;

import dev.sluice.config.ProxySettings;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.handover.FrozenProxy;
import dev.sluice.inbound.InboundProxy;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.intercept.LoopGuard;
import dev.sluice.intercept.LoopbackReturn;
import dev.sluice.intercept.OriginalDestinations;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.listener.AcceptedConnection;
import dev.sluice.listener.ListenException;
import dev.sluice.listener.Listener;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.HeldMemory;
import dev.sluice.loop.LocalSending;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.outbound.OutboundProxy;
import dev.sluice.relay.DownstreamFactory;
import dev.sluice.relay.Forwarding;
import dev.sluice.relay.FrozenConnection;
import dev.sluice.relay.OpenConnections;
import dev.sluice.socketlb.CaptureChannel;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.ConnectionRecorder;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Counters;
import dev.sluice.telemetry.RateLimitedLog;
import dev.sluice.upstream.ClientAnnouncer;
import dev.sluice.upstream.Connector;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The proxy of one network namespace: from its listeners to the bytes of its connections, on event
 * loops that it may share with others. Opened, started and closed by one thread.
 */
public final class WorkloadProxy implements AutoCloseable {
  private static final long DRAIN_POLL_MILLIS = 20;

  private final ProxySettings settings;
  private final Place place;
  private ListenerSet listeners;
  private final LocalAddresses addresses;
  private final LoopGuard loopGuard;
  private final LoopbackReturn loopbackReturn = new LoopbackReturn();
  private volatile @Nullable Running running;

  private WorkloadProxy(ProxySettings settings, Place place, ListenerSet listeners) {
    this.settings = settings;
    this.place = place;
    this.listeners = listeners;
    this.addresses = new LocalAddresses(place.listening());
    this.loopGuard = new LoopGuard(settings.ports(), addresses);
  }

  /**
   * Where its sockets are made.
   *
   * @param listening those that listen, and those that ask which addresses are local
   * @param connecting those that dial the upstream: rules may know them by a mark
   */
  public record Place(SocketPlace listening, SocketPlace connecting) {
    /** Where the proxy itself lives. */
    public static Place here() {
      return new Place(SocketPlace.here(), SocketPlace.here());
    }
  }

  /**
   * Who is told what happens.
   *
   * @param log gets every connection that has ended; must not block
   */
  public record Observers(
      Counters counters,
      ConnectionMetrics metrics,
      Consumer<ConnectionRecord> log,
      RateLimitedLog complaints) {
    /** Without metrics of each service. */
    public Observers(Counters counters, Consumer<ConnectionRecord> log, RateLimitedLog complaints) {
      this(counters, new ConnectionMetrics(), log, complaints);
    }
  }

  /**
   * What the proxy decides and acts by.
   *
   * @param snapshot asked once for each connection that leaves
   * @param channel to the programs that capture for it; in {@code SOCKET} mode, and only there
   */
  public record World(Supplier<MeshSnapshot> snapshot, Optional<CaptureChannel> channel) {}

  /**
   * What it shares with the other proxies of its process.
   *
   * @param slots how many connections it may have open; its own or shared
   * @param memory what they may hold for slow readers
   * @param ids numbers connections
   */
  public record Resources(
      Workers workers, ConnectionSlots slots, HeldMemory memory, AtomicLong ids) {
    /** Of a proxy that has its process for itself. */
    public Resources(Workers workers, ConnectionSlots slots, AtomicLong ids) {
      this(workers, slots, HeldMemory.unlimited(), ids);
    }
  }

  private record Running(Workers workers, Forwarding forwarding, OutboundProxy outbound) {
    OpenConnections connections() {
      return forwarding.open();
    }
  }

  /**
   * Opens the listeners; nothing is accepted before {@link #start}.
   *
   * @throws ListenException if one can't be had; nothing is left open
   */
  public static WorkloadProxy open(ProxySettings settings, Place place, RateLimitedLog complaints)
      throws ListenException {
    return new WorkloadProxy(
        settings, place, ListenerSet.open(settings, place.listening(), complaints));
  }

  /** One that waits for the listeners of another process: see {@link #inherit}. */
  public static WorkloadProxy unopened(ProxySettings settings, Place place) {
    return new WorkloadProxy(settings, place, ListenerSet.inherited(List.of()));
  }

  /**
   * Takes the listeners of another process; before {@link #start}, until which nothing is accepted.
   */
  public void inherit(List<FrozenProxy.FrozenListener> inherited) {
    listeners = ListenerSet.inherited(inherited);
  }

  /** Goes on with connections of another process, soon, each on a loop. After {@link #start}. */
  public void resume(List<FrozenConnection> connections) {
    Running now = running();
    List<Worker> workers = now.workers().all();
    int next = 0;
    for (FrozenConnection connection : connections) {
      Worker worker = workers.get(next++ % workers.size());
      worker.execute(() -> now.forwarding().resume(connection, worker));
    }
  }

  /** Its listening sockets, for another process; they stay this one's. */
  public List<FrozenProxy.FrozenListener> frozenListeners() {
    return listeners.frozen();
  }

  /**
   * With true, no connection is on its way from one loop to another when this returns, and none
   * sets out until it is called with false. Blocks; not called on an event loop.
   */
  public void keepOwn(boolean keep) {
    listeners.keepOwn(keep);
    if (keep) {
      settle();
    }
  }

  /** Returns when all that the loops have been given to do so far is done. Blocks. */
  public void settle() {
    // Each loop takes its tasks in turn, and one that accepts just now hands over before its own.
    EveryLoop.run(running().workers().all(), _ -> {});
    EveryLoop.run(running().workers().all(), _ -> {});
  }

  /** Where its connections stand that {@code worker} serves, on whose loop this is called. */
  public List<FrozenConnection> frozenOn(Worker worker) {
    return running().connections().frozenOn(worker);
  }

  /**
   * Another process goes on with all of it: what {@code worker} has, on whose loop this is called,
   * is closed here, and neither recorded nor noticed by anybody.
   */
  public void letGoOn(Worker worker) {
    listeners.stopOn(worker);
    running().connections().letGoOn(worker);
  }

  /**
   * Starts to serve.
   *
   * @throws ListenException if a listener can't be had on every loop, or nobody may be steered to
   *     it; the caller closes it then
   */
  public void start(Resources resources, World world, Observers observers) throws ListenException {
    LocalSending local = localSending(observers.complaints());
    listeners.sendOutboundLocally(local);
    Forwarding forwarding =
        new Forwarding(
            new Connector(
                loopGuard,
                place.connecting(),
                local,
                world.channel().map(WorkloadProxy::announcer).orElseGet(ClientAnnouncer::none),
                settings.limits().connectTimeout()),
            new ConnectionRecorder(observers.counters(), observers.metrics(), observers.log()),
            resources.slots(),
            resources.memory(),
            settings.limits().idleTimeout());
    OutboundProxy outbound = outbound(resources.ids(), forwarding, world.snapshot());
    running = new Running(resources.workers(), forwarding, outbound);
    Listener.Surroundings surroundings =
        new Listener.Surroundings(resources.slots(), observers.counters(), observers.complaints());
    if (world.channel().isPresent()) {
      listeners.announceInboundTo(world.channel().get()::steerTo);
    }
    List<Worker> workers = resources.workers().all();
    listeners.startOutbound(workers, outbound, surroundings);
    listeners.startInbound(workers, inbound(resources.ids(), forwarding), surroundings);
  }

  private LocalSending localSending(RateLimitedLog complaints) {
    try {
      return LocalSending.learn(place.listening());
    } catch (SyscallException e) {
      complaints.say("sending", e.getMessage() + "; applications are sent to as the system does");
      return LocalSending.AS_THE_SYSTEM;
    }
  }

  private OutboundProxy outbound(
      AtomicLong ids, Forwarding forwarding, Supplier<MeshSnapshot> snapshot) {
    return new OutboundProxy(
        outboundDestinations(),
        new DownstreamFactory(ids, Direction.OUTBOUND, settings.outboundMode()),
        forwarding,
        snapshot);
  }

  private AcceptedConnection.Handler inbound(AtomicLong ids, Forwarding forwarding) {
    return new InboundProxy(
        settings.mode(),
        inboundDestinations(),
        new InboundProxy.Namespace(addresses, loopbackReturn),
        new DownstreamFactory(ids, Direction.INBOUND, settings.mode()),
        forwarding);
  }

  private static ClientAnnouncer announcer(CaptureChannel channel) {
    return channel::announce;
  }

  /** What answers {@code SO_ORIGINAL_DST} is conntrack, or with SOCKET a program on the socket. */
  private OriginalDestinations outboundDestinations() {
    return switch (settings.outboundMode()) {
      case REDIRECT, SOCKET, NODE -> OriginalDestinations.byConntrack(loopGuard);
      case TPROXY -> OriginalDestinations.byLocalAddress(settings.ports().outbound(), loopGuard);
    };
  }

  private OriginalDestinations inboundDestinations() {
    int port = settings.ports().inbound();
    return switch (settings.mode()) {
      case REDIRECT, NODE -> OriginalDestinations.byConntrack(loopGuard);
      case TPROXY -> OriginalDestinations.byLocalAddress(port, loopGuard);
      // What the proxy dials for its application may be its own pod: that arrives once more, by
      // right, and from here it goes to the application from loopback, which isn't captured.
      case SOCKET ->
          OriginalDestinations.byLocalAddress(port, new LoopGuard(settings.ports(), addresses));
    };
  }

  /**
   * Looks whether answers from loopback come back, in {@code TPROXY} mode: at the start, and again
   * now and then, since rules change. Blocks up to half a second; not on an event loop.
   */
  public void refresh() {
    if (settings.mode() == InterceptionMode.TPROXY) {
      loopbackReturn.refresh();
    }
  }

  /** The families that it listens in. */
  public Set<AddressFamily> families() {
    return listeners.families();
  }

  /**
   * Resets every open connection that the snapshot of now denies; soon, on the loop of each. The
   * others are not touched. Not before it was started.
   */
  public void decideAgain() {
    Running now = running();
    for (Worker worker : now.workers().all()) {
      worker.execute(() -> now.connections().forEachOn(worker, now.outbound()::decideAgain));
    }
  }

  /**
   * Stops accepting, and lets what is open go on to its end. Not before it was started.
   *
   * @param atMost what is still open then is for {@link #close()}
   * @param hurry ends the wait when it opens
   */
  public void drain(Duration atMost, CountDownLatch hurry) throws InterruptedException {
    stopAccepting();
    long start = System.nanoTime();
    boolean busy = true;
    while (busy && System.nanoTime() - start < atMost.toNanos()) {
      busy = isBusy() && !hurry.await(DRAIN_POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Takes what waits to be accepted, and nothing that comes later; what is open goes on. Blocks for
   * a moment. Not before it was started.
   */
  public void stopAccepting() {
    keepOwn(true);
    EveryLoop.run(running().workers().all(), listeners::drainOn);
  }

  /** Whether a connection is open or may still come in. Not before it was started. */
  public boolean isBusy() {
    return listeners.areAccepting() || !running().connections().areNone();
  }

  /** How many connections of its own it remembers. Once it is closed, any is a bug. */
  public int remembered() {
    return loopGuard.remembered();
  }

  /** How many connections are open; none before it was started. */
  public int openConnections() {
    Running now = running;
    return now == null ? 0 : now.connections().count();
  }

  /**
   * Hands {@code receiver} what can be told of the open connections, at most {@code most}; once,
   * soon, on one of the loops. Not before it was started.
   */
  public void viewConnections(int most, Consumer<List<ConnectionView>> receiver) {
    Running now = running;
    if (now == null) {
      receiver.accept(List.of());
    } else {
      now.connections().view(now.workers().all(), most, receiver);
    }
  }

  private Running running() {
    if (running == null) {
      throw new IllegalStateException("the proxy was not started");
    }
    return running;
  }

  /**
   * Stops accepting, resets what is open, and returns when nothing of it is left on the event
   * loops, which go on. Not called on an event loop; closing again does nothing.
   */
  @Override
  public void close() {
    Running ending = running;
    running = null;
    if (ending == null) {
      listeners.abandon();
      return;
    }
    Outcome.Failed why = new Outcome.Failed(FailureKind.SHUTDOWN, "");
    // What one loop has accepted, another may be about to serve: so that comes second.
    EveryLoop.run(ending.workers().all(), listeners::stopOn);
    EveryLoop.run(ending.workers().all(), worker -> ending.connections().endOn(worker, why));
    listeners.abandon();
  }
}
