// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.loop.Worker;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.EpochClock;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Numbers and dates the connections of one listener. Thread-safe. */
public final class DownstreamFactory {
  private final AtomicLong ids;
  private final Direction direction;
  private final InterceptionMode mode;

  /** {@code ids} is shared by all listeners of a process. */
  public DownstreamFactory(AtomicLong ids, Direction direction, InterceptionMode mode) {
    this.ids = ids;
    this.direction = direction;
    this.mode = mode;
  }

  /**
   * Takes over {@code descriptor}.
   *
   * @param originalDestination absent when nobody knows it
   * @param reason why the connection goes through the proxy
   */
  public Downstream of(
      int descriptor,
      Worker worker,
      ClientAddress client,
      @Nullable OriginalDestination originalDestination,
      PathReason reason) {
    ConnectionOrigin origin =
        new ConnectionOrigin(
            ids.incrementAndGet(),
            direction,
            mode,
            EpochClock.micros(),
            client,
            originalDestination,
            reason);
    return new Downstream(descriptor, origin, System.nanoTime(), worker);
  }
}
