// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/**
 * What of ours a backend found in the kernel. Immutable.
 *
 * @param program what of it the model has words for, in {@link NormalForm}; without routing
 * @param chains all of it as text, also what the model has no words for
 * @param strange rules in chains of ours that the model has no words for, one line each
 * @param before rules of others that see packets before ours do and end their way
 */
public record Listing(
    RuleProgram program, List<ListedChain> chains, List<String> strange, List<Obstacle> before) {
  /** Nothing of ours, and nothing in its way. */
  public static final Listing EMPTY =
      new Listing(new RuleProgram(List.of()), List.of(), List.of(), List.of());

  /** Copies the lists. */
  public Listing {
    chains = List.copyOf(chains);
    strange = List.copyOf(strange);
    before = List.copyOf(before);
  }

  /** Whether anything of ours is there. */
  public boolean isEmpty() {
    return chains.isEmpty();
  }

  /** Whether a guard is there: a run was killed, or is at work. */
  public boolean guarded() {
    return chains.stream().anyMatch(chain -> chain.table() == Table.FILTER);
  }

  /**
   * A rule of somebody else that comes before ours.
   *
   * @param text where it is and what it says
   * @param takesEverything whether no packet gets past it; else it takes a part
   */
  public record Obstacle(String text, boolean takesEverything) {}
}
