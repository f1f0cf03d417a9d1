// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import java.util.List;

/**
 * The way of a connection through a program. Immutable.
 *
 * @param steps of the first packet, in order
 * @param answer the steps of the packet that answers it; empty if the first one is lost
 * @param answered whether the answer gets back to the client; false if the first packet is lost
 */
public record Explanation(
    Connection connection, List<Step> steps, Verdict verdict, List<Step> answer, boolean answered) {
  /** Copies both lists. */
  public Explanation {
    steps = List.copyOf(steps);
    answer = List.copyOf(answer);
  }
}
