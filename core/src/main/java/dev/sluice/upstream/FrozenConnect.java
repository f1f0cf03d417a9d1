// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.net.LocalAddress;
import java.util.List;

/**
 * A connect under way, between two events, as a value that another process can go on from.
 * Immutable.
 *
 * @param attempts the one under way, and those that are left after it
 * @param note what is to be said of attempts before; empty if there is nothing
 * @param descriptor the socket that connects; it is whoever's the connect is
 * @param source its own address
 * @param ticksLeft until the present attempt times out, in ticks of a worker
 */
public record FrozenConnect(
    List<UpstreamAttempt> attempts,
    String note,
    int descriptor,
    LocalAddress source,
    long ticksLeft) {
  /** Copies the list. */
  public FrozenConnect {
    attempts = List.copyOf(attempts);
  }
}
