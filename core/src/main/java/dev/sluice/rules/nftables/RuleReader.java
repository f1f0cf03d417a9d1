// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Match;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One rule from the expressions that {@code nft -nj} lists. Pure; one use a rule. */
final class RuleReader {
  private final List<Match> matches = new ArrayList<>();
  private final List<Json> statements = new ArrayList<>();
  private boolean reply;

  private RuleReader() {}

  /** In {@link NormalForm}; empty if no program has such a rule. */
  static Optional<Rule> read(Json expressions) {
    RuleReader reader = new RuleReader();
    for (Json expression : expressions.items()) {
      if (!reader.expression(expression)) {
        return Optional.empty();
      }
    }
    if (reader.reply) {
      return Optional.empty();
    }
    return TargetReader.read(reader.statements)
        .map(target -> NormalForm.of(new Rule(NormalForm.WHY, reader.matches, target)));
  }

  /** Whether it was understood. */
  private boolean expression(Json expression) {
    if (!expression.has("match")) {
      if (!expression.has("counter")) {
        statements.add(expression);
      }
      return true;
    }
    // Conditions behind a statement would mean something else.
    return statements.isEmpty() && condition(expression.at("match"));
  }

  private boolean condition(Json condition) {
    String selector = Selector.of(condition.at("left")).name();
    boolean equal = condition.at("op").text().orElse("").equals("==");
    if (selector.equals("ct direction") && equal && condition.at("right").whole().orElse(0) == 1) {
      reply = true;
      return true;
    }
    if (selector.equals("ct original proto-dst")) {
      return reply && equal && replyFrom(condition.at("right"));
    }
    Optional<Match> match = MatchReader.read(condition);
    MatchReader.transport(condition).ifPresent(this::add);
    match.ifPresent(this::add);
    return match.isPresent();
  }

  private boolean replyFrom(Json ports) {
    reply = false;
    Optional<Match> match = MatchReader.ports(ports).map(Match.ReplyFromPort::new);
    match.ifPresent(this::add);
    return match.isPresent();
  }

  private void add(Match match) {
    if (!matches.contains(match)) {
      matches.add(match);
    }
  }
}
