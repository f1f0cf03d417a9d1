// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.observe.ProxyLine.Passed;
import java.util.List;
import java.util.Optional;

/**
 * All that is known of one connection. Immutable.
 *
 * @param socket the client's; empty if only a proxy told of it
 * @param steps the proxies that it went through, in its direction
 */
public record Told(Optional<SocketEvent> socket, List<Step> steps) {
  /** Copies the list. */
  public Told {
    steps = List.copyOf(steps);
  }

  /**
   * A proxy on the way.
   *
   * @param claim what it says
   * @param own its own connection, as the kernel has it; empty if its socket is not observed, or
   *     has not ended by now
   */
  public record Step(Passed claim, Optional<SocketEvent> own) {}

  /** What the proxies say, in order. */
  List<Passed> claims() {
    return steps.stream().map(Step::claim).toList();
  }
}
