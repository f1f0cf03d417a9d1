// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One connection, from its beginning to its end. Immutable.
 *
 * @param epochMicros when it was made, in microseconds since the epoch
 * @param protocol {@code TCP} or {@code UDP}
 * @param path between whom
 * @param mode who led it there
 * @param verdict what became of it
 * @param reason why the verdict is what it is, and what is not known; empty if that goes without
 *     saying
 * @param figures how much and how long
 */
public record FlowRecord(
    long epochMicros,
    String protocol,
    Path path,
    FlowMode mode,
    Verdict verdict,
    String reason,
    Figures figures) {
  /**
   * Between whom.
   *
   * @param source empty if the socket had no address yet, or the kernel doesn't tell (UDP)
   * @param destination what was dialled
   * @param service that the destination is of, {@code namespace/name}; empty if it is of none
   * @param backend who was connected to; empty if nobody was
   * @param pid the process that called connect(2); empty if only a proxy told of it
   * @param interceptions how each proxy that told of it got hold of it, in the order of the way
   */
  public record Path(
      Optional<InetSocketAddress> source,
      InetSocketAddress destination,
      Optional<String> service,
      Optional<InetSocketAddress> backend,
      OptionalLong pid,
      List<InterceptionMode> interceptions) {
    /** Copies the list. */
    public Path {
      interceptions = List.copyOf(interceptions);
    }
  }

  /**
   * How much and how long.
   *
   * @param sent bytes from the client; empty if they are not known, as of UDP
   * @param received bytes to the client; empty if they are not known
   * @param roundTripMicros of the client's socket, smoothed, at the end; empty if none was measured
   * @param micros how long it lasted, in microseconds
   */
  public record Figures(
      OptionalLong sent, OptionalLong received, OptionalLong roundTripMicros, long micros) {}
}
