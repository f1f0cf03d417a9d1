// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/**
 * One rule: if all matches accept a packet, the target is applied. Immutable.
 *
 * @param why one line for people: what the rule is there for
 * @param matches none means every packet
 */
public record Rule(String why, List<Match> matches, Target target) {
  /** Copies {@code matches}. */
  public Rule {
    matches = List.copyOf(matches);
    if (why.isBlank() || why.contains("\n")) {
      throw new IllegalArgumentException(
          "reason '" + why + "' of a rule; expected one line that isn't empty");
    }
  }
}
