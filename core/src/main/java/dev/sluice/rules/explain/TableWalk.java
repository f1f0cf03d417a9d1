// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Match;
import dev.sluice.rules.Rule;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.util.List;
import java.util.Optional;

/** One packet in one table at one hook. Single-threaded, used once. */
final class TableWalk {
  private final TableProgram table;
  private final Hook hook;
  private final Traveller traveller;

  /** How the rules of a chain, or of all chains, were left. */
  private enum End {
    /** By its last rule or RETURN. */
    BACK_TO_CALLER,
    /** No further rule of this table is asked. */
    OF_TABLE
  }

  TableWalk(TableProgram table, Hook hook, Traveller traveller) {
    this.table = table;
    this.hook = hook;
    this.traveller = traveller;
  }

  void run() {
    List<Rule> entries =
        table.entries().stream().filter(each -> each.hook() == hook).map(Entry::rule).toList();
    walk(hook.name(), entries);
  }

  private End walk(String name, List<Rule> rules) {
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      Optional<Match> refusal = traveller.refusal(rule);
      traveller.note(new Step.Asked(hook, table.table(), name, i + 1, rule, refusal));
      if (refusal.isEmpty()) {
        Optional<End> end = apply(rule);
        if (end.isPresent()) {
          return end.get();
        }
      }
    }
    return End.BACK_TO_CALLER;
  }

  /** Empty if the next rule is asked. */
  private Optional<End> apply(Rule rule) {
    return switch (rule.target()) {
      case Target.Return() -> Optional.of(End.BACK_TO_CALLER);
      case Target.Accept() -> Optional.of(End.OF_TABLE);
      case Target.Drop() -> {
        traveller.drop("by the rule '" + rule.why() + "'");
        yield Optional.of(End.OF_TABLE);
      }
      case Target.Call(String chain) ->
          Optional.of(walk(chain, rulesOf(chain))).filter(end -> end == End.OF_TABLE);
      case Target.Redirect(int port) -> {
        traveller.redirect(hook, port);
        yield Optional.of(End.OF_TABLE);
      }
      case Target.Tproxy(int port, int mark) -> {
        traveller.steer(port, mark);
        yield Optional.of(End.OF_TABLE);
      }
      case Target.TproxyIfServed(int port, int mark) -> {
        traveller.steer(port, mark);
        yield Optional.of(End.OF_TABLE);
      }
      case Target.SetMark(int mark) -> goOn(() -> traveller.mark(mark));
      case Target.SetConnectionMark(var bits) ->
          goOn(() -> traveller.markConnection(bits.writtenInto(traveller.connection().mark())));
      case Target.SaveMark() -> goOn(() -> traveller.markConnection(traveller.packet().mark()));
      case Target.RestoreMark() -> goOn(() -> traveller.mark(traveller.connection().mark()));
      case Target.ConntrackZone(int zone) -> goOn(() -> traveller.setZone(zone));
    };
  }

  private static Optional<End> goOn(Runnable effect) {
    effect.run();
    return Optional.empty();
  }

  private List<Rule> rulesOf(String name) {
    return table.chains().stream()
        .filter(chain -> chain.name().equals(name))
        .findFirst()
        .map(Chain::rules)
        .orElse(List.of());
  }
}
