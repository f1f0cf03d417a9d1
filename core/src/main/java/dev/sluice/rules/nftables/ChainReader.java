// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.NormalForm;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Target;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The rules of one chain from what {@code nft -nj} lists. Pure. */
final class ChainReader {
  private ChainReader() {}

  /**
   * A rule that is there.
   *
   * @param rule in {@link NormalForm}; empty if no program has such a rule
   * @param source what was read
   */
  record Found(Optional<Rule> rule, Json source) {}

  /**
   * In order; {@code tproxy} and the line behind it that loses the packet ({@link RuleText}) are
   * the one rule they stand for.
   */
  static List<Found> read(List<Json> expressions) {
    List<Found> found = new ArrayList<>();
    Deque<Json> rest = new ArrayDeque<>(expressions);
    while (!rest.isEmpty()) {
      Json source = rest.pop();
      Optional<Rule> rule = RuleReader.read(source);
      if (rule.isPresent() && rule.get().target() instanceof Target.Tproxy(int port, int mark)) {
        Optional<Rule> second = rest.isEmpty() ? Optional.empty() : RuleReader.read(rest.peek());
        Rule loss = new Rule(NormalForm.WHY, rule.get().matches(), new Target.Drop());
        if (second.isPresent() && second.get().equals(loss)) {
          rest.pop();
        } else {
          Target target = new Target.TproxyIfServed(port, mark);
          rule = Optional.of(new Rule(NormalForm.WHY, rule.get().matches(), target));
        }
      }
      found.add(new Found(rule, source));
    }
    return found;
  }
}
