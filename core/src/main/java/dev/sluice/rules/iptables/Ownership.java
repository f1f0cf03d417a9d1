// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.Chain;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whose a chain or rule is. Immutable.
 *
 * @param prefix what the names of the owner's chains start with
 * @param calls finds a call of such a chain in a rule
 * @param loose rules of built-in chains that the owner makes without calling a chain, as they are
 *     saved
 */
record Ownership(String prefix, Pattern calls, Set<String> loose) {
  /** Any Sluice's. */
  static final Ownership OURS = of(Chain.PREFIX, Set.of());

  static Ownership of(String prefix, Set<String> loose) {
    return new Ownership(
        prefix, Pattern.compile("(?:^| )-[jg] " + Pattern.quote(prefix) + "[^ ]*(?: |$)"), loose);
  }

  boolean ownsChain(String name) {
    return name.startsWith(prefix);
  }

  boolean ownsRule(String rule) {
    return calls.matcher(rule).find() || loose.contains(rule);
  }
}
