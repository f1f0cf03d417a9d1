// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Undo;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.iptables.TableState;
import dev.sluice.rules.routing.RoutingBackend;
import dev.sluice.rules.routing.RoutingItem;
import dev.sluice.rules.routing.RoutingState;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One family during one change: what was there, what is wanted, and the steps between them. */
final class Layer {
  private final IptablesBackend iptables;
  private final RoutingBackend routing;
  private final Map<String, TableState> tablesBefore;
  private final Map<String, TableState> tablesWanted;
  private final RoutingState routingBefore;
  private final Set<RoutingItem> routingWanted;

  private Layer(IptablesBackend iptables, RoutingBackend routing, @Nullable FamilyProgram program)
      throws RulesException {
    this.iptables = iptables;
    this.routing = routing;
    tablesBefore = iptables.read();
    routingBefore = routing.read();
    tablesWanted = program == null ? Map.of() : IptablesBackend.statesOf(program);
    routingWanted =
        program == null
            ? Set.of()
            : program.routing().stream()
                .map(RoutingItem::of)
                .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  static Layer read(Family family, @Nullable FamilyProgram program, CommandRunner runner)
      throws RulesException {
    return new Layer(
        new IptablesBackend(family, runner), new RoutingBackend(family, runner), program);
  }

  void addRouting(Deque<Undo> done) throws RulesException {
    for (RoutingItem item : routingWanted) {
      if (!routingBefore.ours().contains(item) && !routingBefore.foreign().contains(item)) {
        routing.add(item);
        done.push(() -> routing.delete(item));
      }
    }
  }

  void changeTables(Deque<Undo> done) throws RulesException {
    // A transaction a table: if the second is refused, the first is there already. So the way back
    // starts from what is there then.
    Undo back = () -> iptables.change(iptables.read(), tablesBefore);
    done.push(back);
    if (!iptables.change(tablesBefore, tablesWanted)) {
      done.remove(back);
    }
  }

  void removeRouting(Deque<Undo> done) throws RulesException {
    for (RoutingItem item : routingBefore.ours()) {
      if (!routingWanted.contains(item)) {
        routing.delete(item);
        done.push(() -> routing.add(item));
      }
    }
  }
}
