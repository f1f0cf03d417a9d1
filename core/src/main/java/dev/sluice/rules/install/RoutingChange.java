// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.UndoStack;
import dev.sluice.rules.routing.RoutingBackend;
import dev.sluice.rules.routing.RoutingItem;
import dev.sluice.rules.routing.RoutingState;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The routing of one family: what is there, what is wanted, and the steps between them. */
final class RoutingChange {
  private final Family family;
  private final RoutingBackend backend;
  private final RoutingState before;
  private final Set<RoutingItem> wanted;

  private RoutingChange(
      Family family, RoutingBackend backend, RoutingState before, Set<RoutingItem> wanted) {
    this.family = family;
    this.backend = backend;
    this.before = before;
    this.wanted = wanted;
  }

  /** For the families that the kernel has, and fails if one is wanted that it doesn't have. */
  static List<RoutingChange> read(RuleProgram program, CommandRunner runner) throws RulesException {
    List<RoutingChange> changes = new ArrayList<>();
    for (Family family : Family.values()) {
      Set<RoutingItem> wanted = items(program, family);
      RoutingBackend backend = new RoutingBackend(family, runner);
      try {
        changes.add(new RoutingChange(family, backend, backend.read(), wanted));
      } catch (RulesException e) {
        if (family == Family.IPV4 || !wanted.isEmpty()) {
          throw e;
        }
        // A kernel without IPv6, and nothing is wanted of it: nothing of ours can be there.
      }
    }
    return changes;
  }

  /** In the order in which they are made. */
  static Set<RoutingItem> items(RuleProgram program, Family family) {
    return program.families().stream()
        .filter(part -> part.family() == family)
        .map(FamilyProgram::routing)
        .flatMap(List::stream)
        .map(RoutingItem::of)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  Family family() {
    return family;
  }

  void add(UndoStack done) throws RulesException {
    for (RoutingItem item : missing()) {
      backend.add(item);
      done.push(() -> backend.delete(item));
    }
  }

  void remove(UndoStack done) throws RulesException {
    for (RoutingItem item : superfluous()) {
      backend.delete(item);
      done.push(() -> backend.add(item));
    }
  }

  /** What is wanted and there, under our number or, just the same, made by somebody else. */
  List<RoutingItem> kept() {
    return wanted.stream().filter(this::isThere).toList();
  }

  List<RoutingItem> missing() {
    return wanted.stream().filter(item -> !isThere(item)).toList();
  }

  List<RoutingItem> superfluous() {
    return before.ours().stream().filter(item -> !wanted.contains(item)).toList();
  }

  private boolean isThere(RoutingItem item) {
    return before.ours().contains(item) || before.foreign().contains(item);
  }
}
