// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import dev.sluice.loop.Worker;
import java.util.List;

/**
 * Which event loop serves a connection: the one with the fewest. A burst of connections is accepted
 * by the first loop that wakes up, and long-lived ones would stay there for good while the other
 * processors have nothing to do.
 */
final class LeastConnections {
  private LeastConnections() {}

  /** One of {@code workers}; {@code accepting}, which needs no hand-over, if none has fewer. */
  static Worker of(Worker accepting, List<Worker> workers) {
    Worker best = accepting;
    int fewest = accepting.connections();
    for (int i = 0; i < workers.size() && fewest > 0; i++) {
      int connections = workers.get(i).connections();
      if (connections < fewest) {
        best = workers.get(i);
        fewest = connections;
      }
    }
    return best;
  }
}
