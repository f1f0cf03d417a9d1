// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.listener.ListenAddress;
import dev.sluice.relay.FrozenConnection;
import java.util.List;
import java.util.OptionalInt;

/**
 * All of a proxy that another process goes on with, while it stands still. Descriptors in it stay
 * whoever's they are. Immutable.
 *
 * @param lastId of the connections that it has numbered
 * @param link descriptor of the connection to a process that outlives all that it gave away, if
 *     there is one
 * @param listeners in the order in which they were opened
 * @param connections all that are open
 */
public record FrozenProxy(
    long lastId,
    OptionalInt link,
    List<FrozenListener> listeners,
    List<FrozenConnection> connections) {
  /** Copies the lists. */
  public FrozenProxy {
    listeners = List.copyOf(listeners);
    connections = List.copyOf(connections);
  }

  /** A listening socket, whose queue goes along. */
  public record FrozenListener(ListenAddress address, int descriptor) {}
}
