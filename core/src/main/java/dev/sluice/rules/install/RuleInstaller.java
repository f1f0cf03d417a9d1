// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.UndoStack;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Puts programs into the kernel and takes them out: all of a program or nothing of it. Whatever
 * fails, what was there before is put back. Rules that aren't ours are never touched.
 *
 * <p>Killed at any point, it leaves the former program, the new one, or a guard that blocks new
 * connections; its next run goes on from there. Blocks its caller; one user at a time.
 */
public final class RuleInstaller {
  static final RuleProgram NOTHING = new RuleProgram(List.of());

  static final Listing EMPTY = new Listing(NOTHING, List.of(), List.of(), List.of());

  private final BackendChoice choice;
  private final CommandRunner runner;

  /** Acts where {@code runner} runs its commands, through the backend that suits that host. */
  public RuleInstaller(CommandRunner runner) {
    this(BackendChoice.AUTOMATIC, runner);
  }

  /** Acts where {@code runner} runs its commands. */
  public RuleInstaller(BackendChoice choice, CommandRunner runner) {
    this.choice = choice;
    this.runner = runner;
  }

  /**
   * Replaces whatever Sluice left there by {@code program}; does nothing if it is just that.
   *
   * @return the name of the backend that holds it
   * @throws RulesException if anything was refused; what was before is there again
   */
  public String apply(RuleProgram program) throws RulesException {
    Backends backends = Backends.choose(choice, runner);
    change(backends, program);
    return backends.chosen().name();
  }

  /**
   * Removes everything that any Sluice made, through every backend that is installed.
   *
   * @return whether there was anything
   * @throws RulesException if anything was refused; what was before is there again
   */
  public boolean cleanUp() throws RulesException {
    return change(Backends.choose(BackendChoice.AUTOMATIC, runner), NOTHING);
  }

  /**
   * What {@link #apply} would run and feed to programs in a namespace that holds nothing yet.
   * Changes nothing and needs no root.
   *
   * @throws RulesException if the backend that was asked for is not installed
   */
  public String dryRun(RuleProgram program) throws RulesException {
    return ProgramText.of(program, Backends.choose(choice, runner).chosen());
  }

  /**
   * Compares what is there with {@code program}; changes nothing.
   *
   * @throws RulesException if it can't be told what is there
   */
  public Verification verify(RuleProgram program) throws RulesException {
    return Verification.of(program, Backends.choose(choice, runner), runner);
  }

  private boolean change(Backends backends, RuleProgram wanted) throws RulesException {
    NetfilterBackend chosen = backends.chosen();
    Listing now = chosen.read();
    List<RoutingChange> routing = RoutingChange.read(wanted, runner);
    boolean guarded = needsGuard(chosen, now, wanted);
    UndoStack done = new UndoStack();
    try {
      if (guarded) {
        chosen.guard(Guard.between(now.program(), wanted));
      }
      makeChange(backends, wanted, routing, done);
    } catch (RulesException e) {
      throw putBack(done, e, guarded ? Optional.of(chosen) : Optional.empty());
    }
    boolean changed = !done.isEmpty();
    return removeGuards(backends, guarded || now.guarded()) || changed;
  }

  private static void makeChange(
      Backends backends, RuleProgram wanted, List<RoutingChange> routing, UndoStack done)
      throws RulesException {
    // Marks without their route would lose packets: what rules need comes before them and goes
    // after them.
    for (RoutingChange family : routing) {
      family.add(done);
    }
    backends.chosen().change(wanted).ifPresent(done::push);
    for (NetfilterBackend other : backends.others()) {
      other.change(NOTHING).ifPresent(done::push);
    }
    for (RoutingChange family : routing) {
      family.remove(done);
    }
  }

  /**
   * Whether some packets could meet a half of the change that captures less than either program:
   * where more than one table of a family changes. Going away needs no guard.
   */
  static boolean needsGuard(NetfilterBackend backend, Listing now, RuleProgram wanted) {
    // Even where all tables change at once, a packet may be between two of them at that moment.
    boolean halfNeverSeen = backend.changesAllAtOnce() && now.isEmpty();
    if (halfNeverSeen || wanted.families().isEmpty()) {
      return false;
    }
    return !now.strange().isEmpty()
        || Arrays.stream(Family.values())
            .anyMatch(family -> changedTables(family, now.program(), wanted) > 1);
  }

  private static long changedTables(Family family, RuleProgram now, RuleProgram wanted) {
    return Arrays.stream(Table.values())
        .filter(table -> table != Table.FILTER)
        .filter(table -> !find(family, table, now).equals(find(family, table, wanted)))
        .count();
  }

  private static Optional<TableProgram> find(Family family, Table table, RuleProgram program) {
    return NormalForm.of(program).families().stream()
        .filter(part -> part.family() == family)
        .map(FamilyProgram::tables)
        .flatMap(List::stream)
        .filter(part -> part.table() == table)
        .findFirst();
  }

  /** Guards of earlier runs, too: one that was killed may have chosen another backend. */
  private static boolean removeGuards(Backends backends, boolean present) throws RulesException {
    boolean removed = present;
    try {
      if (present) {
        backends.chosen().guard(NOTHING);
      }
      for (NetfilterBackend other : backends.others()) {
        if (other.read().guarded()) {
          other.guard(NOTHING);
          removed = true;
        }
      }
    } catch (RulesException e) {
      throw new RulesException(
          e.getMessage()
              + "; everything else is done, but the guard still blocks new connections: run it"
              + " again",
          e);
    }
    return removed;
  }

  private static RulesException putBack(
      UndoStack done, RulesException failure, Optional<NetfilterBackend> guard) {
    RulesException outcome = done.takeBack(failure);
    if (guard.isPresent() && outcome.notPutBack().isEmpty()) {
      UndoStack last = new UndoStack();
      last.push(() -> guard.get().guard(NOTHING));
      outcome = last.takeBack(outcome);
    }
    return withOutcome(outcome);
  }

  /** The failure after which all steps were taken back, as far as that went. */
  static RulesException withOutcome(RulesException failure) {
    return new RulesException(
        failure.getMessage()
            + (failure.notPutBack().isEmpty()
                ? "; nothing was changed"
                : "; putting back what was before failed too: "
                    + String.join("; ", failure.notPutBack())),
        failure);
  }
}
