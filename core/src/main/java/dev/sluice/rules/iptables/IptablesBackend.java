// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.process.Command;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.ListedChain;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Table;
import dev.sluice.rules.Undo;
import dev.sluice.rules.UndoStack;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Netfilter through iptables-save(8) and iptables-restore(8): one transaction of the kernel for
 * each table of each family. Blocks its caller; one user at a time.
 */
public final class IptablesBackend implements NetfilterBackend {
  private static final Predicate<String> GUARD = Table.FILTER.spelling()::equals;
  private static final Predicate<String> PROGRAM = GUARD.negate();

  private final IptablesPrograms programs;
  private final Map<Family, FamilyTables> families = new EnumMap<>(Family.class);

  /** Speaks through those programs, where {@code runner} runs them. */
  public IptablesBackend(IptablesPrograms programs, CommandRunner runner) {
    this.programs = programs;
    for (Family family : Family.values()) {
      families.put(family, new FamilyTables(family, programs, runner));
    }
  }

  /** Only for texts: the names that the programs have on every host. */
  public static NetfilterBackend ofPlainNames() {
    return new IptablesBackend(IptablesPrograms.PLAIN, CommandRunner.here());
  }

  @Override
  public String name() {
    return "iptables-" + programs.variant().spelling();
  }

  @Override
  public boolean changesAllAtOnce() {
    return false;
  }

  @Override
  public Listing read() throws RulesException {
    Map<Family, List<SavedTable>> saved = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      try {
        saved.put(family, of(family).saved());
      } catch (RulesException e) {
        if (family == Family.IPV4) {
          throw e;
        }
        // A kernel without IPv6: nothing of ours can be there.
      }
    }
    return SavedListing.of(saved);
  }

  @Override
  public List<ListedChain> listingOf(RuleProgram program) {
    List<ListedChain> chains = new ArrayList<>();
    for (FamilyProgram part : program.families()) {
      FamilyTables.statesOf(part)
          .forEach((table, state) -> chains.addAll(SavedListing.of(part.family(), table, state)));
    }
    return chains.stream().sorted(ListedChain.ORDER).toList();
  }

  @Override
  public List<Command> commands(RuleProgram now, RuleProgram wanted) {
    List<Command> commands = new ArrayList<>();
    for (Family family : Family.values()) {
      commands.addAll(of(family).commands(states(now, family), states(wanted, family)));
    }
    return commands;
  }

  @Override
  public Optional<Undo> change(RuleProgram wanted) throws RulesException {
    return change(wanted, PROGRAM);
  }

  @Override
  public void guard(RuleProgram guard) throws RulesException {
    change(guard, GUARD);
  }

  /** Both families or none. */
  private Optional<Undo> change(RuleProgram wanted, Predicate<String> tables)
      throws RulesException {
    Map<Family, Map<String, TableState>> before = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      before.put(family, before(family, tables, !states(wanted, family).isEmpty()));
    }
    UndoStack done = new UndoStack();
    try {
      for (Family family : Family.values()) {
        Map<String, TableState> now = before.getOrDefault(family, Map.of());
        change(of(family), tables, now, states(wanted, family), done);
      }
    } catch (RulesException e) {
      throw done.takeBack(e);
    }
    return done.isEmpty() ? Optional.empty() : Optional.of(done::takeBack);
  }

  private static void change(
      FamilyTables family,
      Predicate<String> tables,
      Map<String, TableState> before,
      Map<String, TableState> after,
      UndoStack done)
      throws RulesException {
    if (!family.commands(before, after).isEmpty()) {
      // A transaction a table: if the second is refused, the first is there already. So the way
      // back starts from what is there then.
      done.push(() -> family.change(family.read(Ownership.OURS, tables), before));
      family.change(before, after);
    }
  }

  private Map<String, TableState> before(Family family, Predicate<String> tables, boolean wanted)
      throws RulesException {
    try {
      return of(family).read(Ownership.OURS, tables);
    } catch (RulesException e) {
      if (family == Family.IPV4 || wanted) {
        throw e;
      }
      // A kernel without IPv6, and nothing is wanted of it: nothing of ours can be there.
      return Map.of();
    }
  }

  private static Map<String, TableState> states(RuleProgram program, Family family) {
    return program.families().stream()
        .filter(part -> part.family() == family)
        .findFirst()
        .map(FamilyTables::statesOf)
        .orElse(Map.of());
  }

  private FamilyTables of(Family family) {
    FamilyTables tables = families.get(family);
    if (tables == null) {
      throw new AssertionError("no tables for " + family);
    }
    return tables;
  }
}
