// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.trace.Hop;
import java.util.List;

/**
 * The path of one more connection like the first of a scenario, as it was traced. Immutable.
 *
 * @param hops in the order of the path; empty if it was not traced
 * @param why it was not traced; empty if it was
 */
public record Traced(List<Hop> hops, String why) {
  /** Nobody asked for it, or the scenario did not get so far. */
  public static final Traced NOT_WANTED = new Traced(List.of(), "no trace was made");

  /** Copies. */
  public Traced {
    hops = List.copyOf(hops);
  }

  static Traced not(String why) {
    return new Traced(List.of(), why);
  }
}
