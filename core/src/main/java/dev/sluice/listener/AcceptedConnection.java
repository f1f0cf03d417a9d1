// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.loop.Worker;
import dev.sluice.net.ClientAddress;

/**
 * A connection that nothing is known of yet but who made it.
 *
 * @param descriptor non-blocking; whoever is handed this record owns it
 * @param family of the listener, and so of the socket
 * @param client the peer
 * @param withinLimit whether the limit on connections has room for it; a slot was taken either way
 * @param worker the loop that accepted it and serves it
 */
public record AcceptedConnection(
    int descriptor,
    AddressFamily family,
    ClientAddress client,
    boolean withinLimit,
    Worker worker) {

  /** Serves accepted connections, on the loop that accepted them. */
  @FunctionalInterface
  public interface Handler {
    /** Takes over {@code connection} with its descriptor and its slot. */
    void accepted(AcceptedConnection connection);
  }
}
