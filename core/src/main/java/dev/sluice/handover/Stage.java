// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.linux.socket.PacketSocket;

/**
 * How far a handover is, seen from the process that runs; each stage has what is known in it.
 *
 * <pre>
 *   Asked -> Refused                      nothing was touched
 *   Asked -> Standing -> Given            the other one serves
 *                     -> Kept             it was not: this one serves on
 * </pre>
 *
 * <p>The point of no return is one message in one queue: {@link Message.Taken} in the queue of this
 * process. Before it is there the new process touches nothing that it was sent; once it is, this
 * one doesn't. When this process gives up, it first shuts its queue, so that the message is in it
 * or can never be.
 */
sealed interface Stage {
  /** Somebody wants to take over; all goes on as before. */
  record Asked(Message.Hello hello) implements Stage {}

  /** It may not, for this reason. */
  record Refused(String reason) implements Stage {}

  /** The event loops stand still, and what there is was looked at. */
  record Standing(FrozenProxy proxy) implements Stage {}

  /**
   * The other process has all of it and serves.
   *
   * @param peer stays open for a process that outlives what it gave away
   */
  record Given(PacketSocket peer, int connections) implements Stage {}

  /**
   * It ended, was too slow or failed; the event loops go on. Without a reason if it only looked.
   */
  record Kept(String reason) implements Stage {}
}
