// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import static dev.sluice.rules.install.RuleInstaller.NOTHING;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.UndoStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * One change from whatever is there to a program, under a guard where a packet could meet a half of
 * it. Killed at any command it leaves the former program, the new one, or the guard. Run once.
 */
final class GuardedChange {
  /**
   * How long a packet may be on its way through the tables of one hook, which sees the rules of
   * each table at a moment of its own. Microseconds, unless its sender loses the processor
   * meanwhile.
   */
  private static final Duration PASSAGE = Duration.ofMillis(100);

  private final Backends backends;
  private final RuleProgram wanted;
  private final Map<NetfilterBackend, Listing> found;
  private final List<RoutingChange> routing;
  private final UndoStack done = new UndoStack();

  /** Those in which a guard is to be removed in the end. */
  private final Set<NetfilterBackend> guarding = new LinkedHashSet<>();

  private GuardedChange(
      Backends backends,
      RuleProgram wanted,
      Map<NetfilterBackend, Listing> found,
      List<RoutingChange> routing) {
    this.backends = backends;
    this.wanted = wanted;
    this.found = found;
    this.routing = routing;
  }

  /** Finds out what is there; changes nothing yet. */
  static GuardedChange read(Backends backends, RuleProgram wanted, CommandRunner runner)
      throws RulesException {
    Map<NetfilterBackend, Listing> found = new LinkedHashMap<>();
    found.put(backends.chosen(), backends.chosen().read());
    for (NetfilterBackend other : backends.others()) {
      try {
        found.put(other, other.read());
      } catch (RulesException e) {
        // Installed, but not in this kernel: nothing of ours can be there.
      }
    }
    return new GuardedChange(backends, wanted, found, RoutingChange.read(wanted, runner));
  }

  /**
   * Makes the change: all of it or nothing.
   *
   * @return whether there was anything to do
   */
  boolean run() throws RulesException {
    try {
      Listing now = found.getOrDefault(backends.chosen(), Listing.EMPTY);
      if (Guard.isNeeded(backends, now, wanted)) {
        guard(Guard.between(programs(), wanted));
        // Packets that came too early for the guard shall not meet a half of the change either.
        letPacketsPass();
      }
      change();
    } catch (RulesException e) {
      throw putBack(e);
    }
    boolean changed = !done.isEmpty();
    if (!guarding.isEmpty()) {
      // Nor shall those that came by before the last table was there find the guard gone.
      letPacketsPass();
    }
    return removeGuards() || changed;
  }

  private List<RuleProgram> programs() {
    return found.values().stream().map(Listing::program).toList();
  }

  private void guard(RuleProgram guard) throws RulesException {
    NetfilterBackend guardian = backends.guardian();
    guarding.add(guardian);
    try {
      guardian.guard(guard);
    } catch (RulesException e) {
      if (guardian.equals(backends.chosen())) {
        throw e;
      }
      // The kernel may lack what nftables needs for it, and have it for iptables.
      guarding.add(backends.chosen());
      backends.chosen().guard(guard);
    }
  }

  private static void letPacketsPass() {
    long end = System.nanoTime() + PASSAGE.toNanos();
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private void change() throws RulesException {
    // Marks without their route would lose packets: what rules need comes before them and goes
    // after them.
    for (RoutingChange family : routing) {
      family.add(done);
    }
    for (NetfilterBackend backend : found.keySet()) {
      // The chosen one comes first, so the program is never in none of them.
      RuleProgram program = backend.equals(backends.chosen()) ? wanted : NOTHING;
      backend.change(program).ifPresent(done::push);
    }
    for (RoutingChange family : routing) {
      family.remove(done);
    }
  }

  private boolean removeGuards() throws RulesException {
    // A run that was killed may have left its guard anywhere.
    found.forEach(
        (backend, listing) -> {
          if (listing.guarded()) {
            guarding.add(backend);
          }
        });
    try {
      for (NetfilterBackend backend : guarding) {
        backend.guard(NOTHING);
      }
    } catch (RulesException e) {
      throw new RulesException(
          e.getMessage()
              + "; everything else is done, but new connections are still blocked: run it again",
          e);
    }
    return !guarding.isEmpty();
  }

  private RulesException putBack(RulesException failure) {
    RulesException outcome = done.takeBack(failure);
    if (outcome.notPutBack().isEmpty()) {
      List<NetfilterBackend> ours = new ArrayList<>(guarding);
      UndoStack last = new UndoStack();
      ours.forEach(backend -> last.push(() -> backend.guard(NOTHING)));
      outcome = last.takeBack(outcome);
    }
    return RuleInstaller.withOutcome(outcome);
  }
}
