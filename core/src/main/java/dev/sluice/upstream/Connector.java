// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.intercept.LoopGuard;
import dev.sluice.loop.Worker;
import dev.sluice.net.LocalAddress;
import dev.sluice.telemetry.UpstreamLeg;
import java.time.Duration;
import java.util.List;

/**
 * Connects without blocking. Thread-safe; each connect stays on the loop that it was started on.
 */
public final class Connector {
  private final LoopGuard loopGuard;
  private final ClientAnnouncer announcer;
  private final long timeoutTicks;

  /** One that announces nobody; {@code timeout} bounds each attempt. */
  public Connector(LoopGuard loopGuard, Duration timeout) {
    this(loopGuard, ClientAnnouncer.none(), timeout);
  }

  /** {@code timeout} bounds each attempt. */
  public Connector(LoopGuard loopGuard, ClientAnnouncer announcer, Duration timeout) {
    this.loopGuard = loopGuard;
    this.announcer = announcer;
    this.timeoutTicks = Worker.ticks(timeout);
  }

  /**
   * Tries {@code attempts} in order until one stands. {@code receiver} is called exactly once,
   * possibly before this returns.
   *
   * @param attempts at least one
   */
  public void connect(
      Worker worker, List<UpstreamAttempt> attempts, ConnectResult.Receiver receiver) {
    new Connecting(this, worker, attempts, receiver).next();
  }

  /** The connection that {@code leg} names is closed. */
  public void released(UpstreamLeg leg) {
    if (leg.source() != null) {
      loopGuard.forget(leg.source(), leg.endpoint());
    }
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
