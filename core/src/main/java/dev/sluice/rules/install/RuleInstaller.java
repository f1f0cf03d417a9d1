// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Undo;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Puts programs into the kernel and takes them out: all of a program or nothing of it. Whatever
 * fails, what was there before is put back. Rules that aren't ours are never touched. Blocks its
 * caller; one user at a time.
 */
public final class RuleInstaller {
  private final CommandRunner runner;
  private final Map<Family, Layer> layers = new EnumMap<>(Family.class);

  /** Acts where {@code runner} runs its commands. */
  public RuleInstaller(CommandRunner runner) {
    this.runner = runner;
  }

  /**
   * Replaces whatever Sluice left there by {@code program}.
   *
   * @throws RulesException if anything was refused; what was before is there again
   */
  public void apply(RuleProgram program) throws RulesException {
    Map<Family, FamilyProgram> wanted = new EnumMap<>(Family.class);
    program.families().forEach(part -> wanted.put(part.family(), part));
    change(wanted);
  }

  /**
   * Removes everything that any Sluice made.
   *
   * @return whether there was anything
   * @throws RulesException if anything was refused; what was before is there again
   */
  public boolean cleanUp() throws RulesException {
    return change(Map.of());
  }

  private boolean change(Map<Family, FamilyProgram> wanted) throws RulesException {
    readAll(wanted);
    Deque<Undo> done = new ArrayDeque<>();
    try {
      // Marks without their route would lose packets: what rules need comes before them and goes
      // after them.
      for (Layer layer : layers.values()) {
        layer.addRouting(done);
      }
      for (Layer layer : layers.values()) {
        layer.changeTables(done);
      }
      for (Layer layer : layers.values()) {
        layer.removeRouting(done);
      }
    } catch (RulesException e) {
      throw putBack(done, e);
    }
    return !done.isEmpty();
  }

  private void readAll(Map<Family, FamilyProgram> wanted) throws RulesException {
    layers.clear();
    for (Family family : Family.values()) {
      FamilyProgram program = wanted.get(family);
      try {
        layers.put(family, Layer.read(family, program, runner));
      } catch (RulesException e) {
        if (family == Family.IPV4 || program != null) {
          throw e;
        }
        // A kernel without IPv6, and nothing is wanted of it: nothing of ours can be there.
      }
    }
  }

  private static RulesException putBack(Deque<Undo> done, RulesException failure) {
    List<String> complaints = new ArrayList<>();
    while (!done.isEmpty()) {
      try {
        done.pop().run();
      } catch (RulesException e) {
        complaints.add(String.valueOf(e.getMessage()));
      }
    }
    String outcome =
        complaints.isEmpty()
            ? "; nothing was changed"
            : "; putting back what was before failed too: " + String.join("; ", complaints);
    return new RulesException(failure.getMessage() + outcome, failure);
  }
}
