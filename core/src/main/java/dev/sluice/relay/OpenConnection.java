// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.failure.Outcome;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.upstream.Connector;
import org.jspecify.annotations.Nullable;

/** A connection that is served: first connecting, then relayed. Confined to its loop. */
public final class OpenConnection {
  private final Downstream downstream;
  private Connector.@Nullable Pending pending;
  private @Nullable Relay relay;
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

  void relayed(Relay moving) {
    settled = true;
    pending = null;
    relay = moving;
  }

  void ended() {
    settled = true;
    pending = null;
    relay = null;
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
