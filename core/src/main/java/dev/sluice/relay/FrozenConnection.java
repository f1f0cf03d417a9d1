// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.UpstreamLeg;
import dev.sluice.upstream.FrozenConnect;

/**
 * A connection between two turns of its loop, as a value that another process can go on from: all
 * that the proxy knows of it and the kernel doesn't. The descriptors in it stay whoever's the
 * connection is. Immutable, and true for as long as the loop stands still.
 *
 * @param origin what was learned when it was accepted
 * @param acceptedAtNanos on the clock of {@link System#nanoTime()}, which is the same in every
 *     process of a host
 * @param downstream the descriptor
 * @param upstream how far it is
 */
public record FrozenConnection(
    ConnectionOrigin origin, long acceptedAtNanos, int downstream, Upstream upstream) {

  /** The other side. */
  public sealed interface Upstream {}

  /** It hasn't answered yet. */
  public record Connecting(FrozenConnect connect) implements Upstream {}

  /**
   * Bytes go both ways.
   *
   * @param leg what was dialled, and from where
   * @param note for the log
   * @param descriptor of the socket
   * @param received what comes from the downstream
   * @param sent what goes to it
   */
  public record Relayed(
      UpstreamLeg leg, String note, int descriptor, FrozenDirection received, FrozenDirection sent)
      implements Upstream {}
}
