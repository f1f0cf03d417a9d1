// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.failure.Outcome;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.telemetry.UpstreamLeg;

/** What came of connecting. */
public sealed interface ConnectResult {
  /** For the log: what was tried before, or why it was done this way. */
  String note();

  /** What was dialled last. */
  UpstreamLeg leg();

  /**
   * It stands.
   *
   * @param socket registered on the loop; the receiver takes it over
   * @param events all that came for it so far: no later edge repeats them
   */
  record Connected(LoopDescriptor socket, int events, UpstreamLeg leg, String note)
      implements ConnectResult {}

  /** Every attempt failed; nothing is open. */
  record Failed(Outcome.Failed outcome, UpstreamLeg leg, String note) implements ConnectResult {}

  /** Gets the result, once, on the loop that connected. */
  @FunctionalInterface
  interface Receiver {
    /** Takes over a connected socket. */
    void connected(ConnectResult result);
  }
}
