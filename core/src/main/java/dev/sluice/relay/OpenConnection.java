// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.failure.Outcome;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Traffic;
import dev.sluice.telemetry.UpstreamLeg;
import dev.sluice.upstream.Connector;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A connection that is served: first connecting, then relayed. Confined to its loop. */
public final class OpenConnection {
  private final Downstream downstream;
  private Connector.@Nullable Pending pending;
  private @Nullable Relay relay;
  private @Nullable UpstreamLeg leg;
  private String note = "";
  private boolean settled;

  OpenConnection(Downstream downstream) {
    this.downstream = downstream;
  }

  Downstream downstream() {
    return downstream;
  }

  /** What was learned of it. Thread-safe. */
  public ConnectionOrigin origin() {
    return downstream.origin();
  }

  /** The loop that serves it. Thread-safe. */
  public Worker worker() {
    return downstream.worker();
  }

  /** Without effect if the connect is over by the time that this is known. */
  void connecting(Connector.Pending connect) {
    pending = settled ? null : connect;
  }

  void relayed(Relay moving, UpstreamLeg dialled, String remark) {
    settled = true;
    pending = null;
    relay = moving;
    leg = dialled;
    note = remark;
  }

  /** As a value; empty if it has ended. While its loop stands still, or on it. */
  Optional<FrozenConnection> frozen() {
    if (relay != null && leg != null) {
      return Optional.of(frozen(relay.frozen(leg, note)));
    }
    return pending == null
        ? Optional.empty()
        : Optional.of(frozen(new FrozenConnection.Connecting(pending.frozen())));
  }

  private FrozenConnection frozen(FrozenConnection.Upstream upstream) {
    return new FrozenConnection(
        downstream.origin(), downstream.acceptedAtNanos(), downstream.descriptor(), upstream);
  }

  /** Another process goes on with it. */
  void letGo() {
    if (relay != null) {
      relay.letGo();
    } else if (pending != null) {
      pending.letGo();
      Sockets.close(downstream.descriptor());
    }
    ended();
  }

  void ended() {
    settled = true;
    pending = null;
    relay = null;
  }

  /** What can be told of it now; on its loop. */
  public ConnectionView view() {
    long ageNanos = System.nanoTime() - downstream.acceptedAtNanos();
    Moved moved = relay == null ? Moved.NOTHING : relay.moved();
    return new ConnectionView(
        origin(), leg, new Traffic(moved.received(), moved.sent(), moved.spliced(), ageNanos));
  }

  /**
   * Ends it for this reason: both sides are reset, and it is recorded. Does nothing if it has
   * ended.
   */
  public void end(Outcome.Failed why) {
    if (relay != null) {
      relay.abort(why);
    } else if (pending != null) {
      Connector.Pending connect = pending;
      pending = null;
      connect.abandon(why);
    }
  }
}
