// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.routing.RoutingBackend;
import dev.sluice.rules.routing.RoutingItem;
import java.util.ArrayList;
import java.util.List;

/**
 * The program in force in the pod. Goes from one to the next by what a dry run prints and nothing
 * else, since a run has hundreds of them and knows what is there; gone when closed.
 */
final class Programmed implements AutoCloseable {
  private static final RuleProgram NOTHING = new RuleProgram(List.of());

  private final Namespace pod;
  private final NetfilterBackend backend;
  private RuleProgram current = NOTHING;

  Programmed(Namespace pod, Backend backend) throws RulesException {
    this.pod = pod;
    this.backend = backend.of(pod.runner());
  }

  void change(RuleProgram next) throws RulesException, CommandException {
    for (Family family : Family.values()) {
      List<RoutingItem> before = routing(current, family);
      List<RoutingItem> after = routing(next, family);
      RoutingBackend routing = new RoutingBackend(family, pod.runner());
      for (RoutingItem item : before) {
        if (!after.contains(item)) {
          routing.delete(item);
        }
      }
      for (RoutingItem item : after) {
        if (!before.contains(item)) {
          routing.add(item);
        }
      }
    }
    for (Command command : backend.commands(current, next)) {
      pod.run(command);
    }
    current = next;
  }

  private static List<RoutingItem> routing(RuleProgram program, Family family) {
    List<RoutingItem> items = new ArrayList<>();
    for (FamilyProgram part : program.families()) {
      if (part.family() == family) {
        part.routing().forEach(entry -> items.add(RoutingItem.of(entry)));
      }
    }
    return items;
  }

  @Override
  public void close() throws RulesException, CommandException {
    change(NOTHING);
  }
}
