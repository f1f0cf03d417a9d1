// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.failure.Outcome;
import dev.sluice.intercept.LoopGuard;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.loop.LocalSending;
import dev.sluice.loop.Worker;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.LocalAddress;
import dev.sluice.telemetry.UpstreamLeg;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Connects without blocking. Thread-safe; each connect stays on the loop that it was started on.
 */
public final class Connector {
  /** Below Linux's 32768 to 60999, from which nearly every client has its port. */
  private static final int FIRST_PORT_APART = 1024;

  private static final int PORTS_APART = 32_768 - FIRST_PORT_APART;

  private final AtomicInteger portsTaken = new AtomicInteger();
  private final LoopGuard loopGuard;
  private final SocketPlace place;
  private final LocalSending local;
  private final ClientAnnouncer announcer;
  private final long timeoutTicks;

  /** One that announces nobody; {@code timeout} bounds each attempt. */
  public Connector(LoopGuard loopGuard, Duration timeout) {
    this(
        loopGuard, SocketPlace.here(), LocalSending.AS_THE_SYSTEM, ClientAnnouncer.none(), timeout);
  }

  /**
   * Sockets are opened in {@code place}; {@code timeout} bounds each attempt.
   *
   * @param local for those that stay in their namespace
   */
  public Connector(
      LoopGuard loopGuard,
      SocketPlace place,
      LocalSending local,
      ClientAnnouncer announcer,
      Duration timeout) {
    this.loopGuard = loopGuard;
    this.place = place;
    this.local = local;
    this.announcer = announcer;
    this.timeoutTicks = Worker.ticks(timeout);
  }

  /**
   * Tries {@code attempts} in order until one stands. {@code receiver} is called exactly once,
   * possibly before this returns.
   *
   * @param attempts at least one
   * @return the connect, which may be over already
   */
  public Pending connect(
      Worker worker, List<UpstreamAttempt> attempts, ConnectResult.Receiver receiver) {
    Connecting connecting = new Connecting(this, worker, attempts, receiver);
    connecting.next();
    return connecting;
  }

  /** A connect under way. Confined to the loop that it was started on. */
  public interface Pending {
    /** Gives up, for this reason, before the receiver was called; then it is called. */
    void abandon(Outcome.Failed why);

    /** Where it stands, before the receiver was called. */
    FrozenConnect frozen();

    /** Another process goes on with it: it is closed here, and the receiver is never called. */
    void letGo();
  }

  /**
   * Goes on with a connect of another process, on the loop of {@code worker}, where this is called.
   * Takes over its descriptor; otherwise like {@link #connect}.
   */
  public Pending resume(Worker worker, FrozenConnect frozen, ConnectResult.Receiver receiver) {
    Connecting connecting = new Connecting(this, worker, frozen.attempts(), receiver);
    connecting.resume(frozen);
    return connecting;
  }

  /** A connection that another process made for {@code client} is now this one's. */
  public void resumed(UpstreamLeg leg, ClientAddress client) {
    LocalAddress source = leg.source();
    if (source != null && !source.socketAddress().equals(client.socketAddress())) {
      loopGuard.remember(source, leg.endpoint());
    }
  }

  /** The connection that {@code leg} names is closed. */
  public void released(UpstreamLeg leg) {
    if (leg.source() != null) {
      loopGuard.forget(leg.source(), leg.endpoint());
    }
  }

  /**
   * One after the other: the same one comes again when the last connection with it is long over.
   */
  int portApart() {
    return FIRST_PORT_APART + Math.floorMod(portsTaken.getAndIncrement(), PORTS_APART);
  }

  /** How those send that stay in their namespace. */
  LocalSending local() {
    return local;
  }

  SocketPlace place() {
    return place;
  }

  ClientAnnouncer announcer() {
    return announcer;
  }

  long timeoutTicks() {
    return timeoutTicks;
  }

  /**
   * Known as soon as the port is, which {@code connect(2)} picks. Another event loop may accept the
   * connection a moment before that; then it goes round once more, and is known that time. A
   * client's own address is left out: the client has the same pair.
   */
  void made(UpstreamAttempt attempt, LocalAddress source) {
    if (!(attempt.source() instanceof UpstreamSource.ClientItself)) {
      loopGuard.remember(source, attempt.endpoint());
    }
  }
}
