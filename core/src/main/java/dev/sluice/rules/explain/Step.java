// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.Hook;
import dev.sluice.rules.Match;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Table;
import java.util.Optional;

/** One thing that happens to a packet on its way. Immutable. */
public sealed interface Step {
  /**
   * A rule is looked at.
   *
   * @param chain one of ours, or the hook's name for the built-in one
   * @param number its place among our rules of that chain, from 1
   * @param refusal the first of its matches that did not accept the packet; empty if the rule
   *     applies
   */
  record Asked(Hook hook, Table table, String chain, int number, Rule rule, Optional<Match> refusal)
      implements Step {
    /** Whether its target is applied. */
    public boolean applies() {
      return refusal.isEmpty();
    }
  }

  /** Something that the kernel does by itself; {@code what} is one line for people. */
  record Noted(String what) implements Step {}
}
