// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/**
 * A chain of ours. Immutable.
 *
 * @param name starts with {@value #PREFIX}, which is how clean-up tells ours from anybody else's
 */
public record Chain(String name, List<Rule> rules) {
  /** What the names of all our chains start with, of every version of Sluice. */
  public static final String PREFIX = "SLUICE_";

  /** In letters; what iptables takes. */
  public static final int LONGEST_NAME = 28;

  /** Copies {@code rules}. */
  public Chain {
    rules = List.copyOf(rules);
    if (!name.startsWith(PREFIX) || name.length() > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "chain name '"
              + name
              + "'; expected "
              + PREFIX
              + "… of at most "
              + LONGEST_NAME
              + " letters");
    }
  }
}
