// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings;
import dev.sluice.inbound.InboundProxy;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.intercept.LoopGuard;
import dev.sluice.intercept.LoopbackReturn;
import dev.sluice.intercept.OriginalDestinations;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.listener.AcceptedConnection;
import dev.sluice.listener.ListenAddress;
import dev.sluice.listener.ListenException;
import dev.sluice.listener.Listener;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.Workers;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.outbound.OutboundProxy;
import dev.sluice.relay.DownstreamFactory;
import dev.sluice.relay.Forwarding;
import dev.sluice.socketlb.CaptureChannel;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.ConnectionRecorder;
import dev.sluice.telemetry.Counters;
import dev.sluice.telemetry.RateLimitedLog;
import dev.sluice.upstream.ClientAnnouncer;
import dev.sluice.upstream.Connector;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A running proxy: everything it consists of is made here, from the bottom up. Started and closed
 * by one thread.
 */
final class ProxyProcess implements AutoCloseable {
  private static final long PROBE_SECONDS = 5;

  private final ProxySettings settings;
  private final Workers workers;
  private final Set<AddressFamily> families;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final int connections;

  private ProxyProcess(ProxySettings settings, Workers workers, Set<AddressFamily> families) {
    this.settings = settings;
    this.workers = workers;
    this.families = families;
    this.connections = settings.limits().connections();
  }

  /**
   * Who is told what happens.
   *
   * @param log gets every connection that has ended; must not block
   */
  record Observers(Counters counters, Consumer<ConnectionRecord> log, RateLimitedLog complaints) {}

  /**
   * What the proxy decides and acts by.
   *
   * @param channel to the programs that capture for it; in {@code SOCKET} mode, and only there
   */
  record World(MeshSnapshot snapshot, Optional<CaptureChannel> channel) {}

  /**
   * Listens and serves.
   *
   * @throws ListenException if a listener can't be had; nothing is left open
   */
  static ProxyProcess start(
      ProxySettings settings, int eventLoops, World world, Observers observers)
      throws ListenException {
    Set<AddressFamily> families = EnumSet.noneOf(AddressFamily.class);
    List<Listener> outbound = new ArrayList<>();
    List<Listener> inbound = new ArrayList<>();
    try {
      for (AddressFamily family : AddressFamily.values()) {
        if (open(settings, family, outbound, inbound, observers)) {
          families.add(family);
        }
      }
    } catch (ListenException e) {
      outbound.forEach(Listener::abandon);
      inbound.forEach(Listener::abandon);
      throw e;
    }
    Workers workers = Workers.start(eventLoops, line -> observers.complaints().say("pipe", line));
    ProxyProcess process = new ProxyProcess(settings, workers, families);
    process.serve(outbound, inbound, world, observers);
    return process;
  }

  private static boolean open(
      ProxySettings settings,
      AddressFamily family,
      List<Listener> outbound,
      List<Listener> inbound,
      Observers observers)
      throws ListenException {
    try {
      outbound.add(
          Listener.open(
              new ListenAddress(
                  Direction.OUTBOUND,
                  family,
                  settings.ports().outbound(),
                  reach(settings.outboundMode()))));
      inbound.add(
          Listener.open(
              new ListenAddress(
                  Direction.INBOUND, family, settings.ports().inbound(), reach(settings.mode()))));
      return true;
    } catch (ListenException e) {
      if (family == AddressFamily.INET6 && e.familyMissing()) {
        observers.complaints().say("family", "this kernel has no IPv6: only IPv4 is served");
        return false;
      }
      throw e;
    }
  }

  private static ListenAddress.Reach reach(InterceptionMode mode) {
    return switch (mode) {
      case REDIRECT -> ListenAddress.Reach.EVERY_ADDRESS;
      case TPROXY -> ListenAddress.Reach.FOREIGN_ADDRESSES;
      case SOCKET -> ListenAddress.Reach.LOOPBACK;
    };
  }

  private void serve(
      List<Listener> outbound, List<Listener> inbound, World world, Observers observers)
      throws ListenException {
    LocalAddresses addresses = new LocalAddresses();
    LoopGuard loopGuard = new LoopGuard(settings.ports(), addresses);
    ConnectionSlots slots = new ConnectionSlots(connections);
    Forwarding forwarding =
        new Forwarding(
            new Connector(
                loopGuard,
                world.channel().map(ProxyProcess::announcer).orElseGet(ClientAnnouncer::none),
                settings.limits().connectTimeout()),
            new ConnectionRecorder(observers.counters(), observers.log()),
            slots,
            settings.limits().idleTimeout());
    AtomicLong ids = new AtomicLong();
    OutboundProxy outboundProxy =
        new OutboundProxy(
            outboundDestinations(loopGuard),
            new DownstreamFactory(ids, Direction.OUTBOUND, settings.outboundMode()),
            forwarding,
            world::snapshot);
    InboundProxy inboundProxy =
        new InboundProxy(
            settings.mode(),
            inboundDestinations(loopGuard, addresses),
            new InboundProxy.Namespace(addresses, loopbackReturn()),
            new DownstreamFactory(ids, Direction.INBOUND, settings.mode()),
            forwarding);
    Listener.Surroundings surroundings =
        new Listener.Surroundings(slots, observers.counters(), observers.complaints());
    if (world.channel().isPresent()) {
      capture(world.channel().get(), inbound, observers);
    }
    start(outbound, outboundProxy, surroundings);
    start(inbound, inboundProxy, surroundings);
  }

  private void capture(CaptureChannel channel, List<Listener> inbound, Observers observers)
      throws ListenException {
    for (Listener listener : inbound) {
      listener.announceTo(channel::steerTo);
    }
    Heartbeat.start(channel, workers.all().getFirst(), observers.complaints());
  }

  private static ClientAnnouncer announcer(CaptureChannel channel) {
    return channel::announce;
  }

  /** What answers {@code SO_ORIGINAL_DST} is conntrack, or with SOCKET a program on the socket. */
  private OriginalDestinations outboundDestinations(LoopGuard loopGuard) {
    return switch (settings.outboundMode()) {
      case REDIRECT, SOCKET -> OriginalDestinations.byConntrack(loopGuard);
      case TPROXY -> OriginalDestinations.byLocalAddress(settings.ports().outbound(), loopGuard);
    };
  }

  private void start(
      List<Listener> listeners,
      AcceptedConnection.Handler handler,
      Listener.Surroundings surroundings)
      throws ListenException {
    for (Listener listener : listeners) {
      listener.start(workers.all(), handler, surroundings);
    }
  }

  private OriginalDestinations inboundDestinations(LoopGuard loopGuard, LocalAddresses addresses) {
    int port = settings.ports().inbound();
    return switch (settings.mode()) {
      case REDIRECT -> OriginalDestinations.byConntrack(loopGuard);
      case TPROXY -> OriginalDestinations.byLocalAddress(port, loopGuard);
      // What the proxy dials for its application may be its own pod: that arrives once more, by
      // right, and from here it goes to the application from loopback, which isn't captured.
      case SOCKET ->
          OriginalDestinations.byLocalAddress(port, new LoopGuard(settings.ports(), addresses));
    };
  }

  /** The rules may be made after the proxy was started, and change: so it is looked at again. */
  private LoopbackReturn loopbackReturn() {
    LoopbackReturn loopbackReturn = new LoopbackReturn();
    if (settings.mode() == InterceptionMode.TPROXY) {
      loopbackReturn.refresh();
      Thread.ofPlatform()
          .daemon()
          .name("sluice-probe")
          .start(
              () -> {
                try {
                  while (!closed.await(PROBE_SECONDS, TimeUnit.SECONDS)) {
                    loopbackReturn.refresh();
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }
    return loopbackReturn;
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
        + (families.contains(AddressFamily.INET6) ? "IPv4 and IPv6" : "IPv4 only")
        + ", up to "
        + connections
        + " connections";
  }

  /** Stops accepting, resets what is open, and returns when all of it is recorded. */
  @Override
  public void close() {
    closed.countDown();
    workers.close();
  }
}
