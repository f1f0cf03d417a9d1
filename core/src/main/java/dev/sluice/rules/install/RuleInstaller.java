// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import java.util.List;

/**
 * Puts programs into the kernel and takes them out: all of a program or nothing of it. Whatever
 * fails, what was there before is put back. Rules that aren't ours are never touched.
 *
 * <p>Killed at any point, it leaves the former program, the new one, or a guard that blocks new
 * connections; its next run goes on from there. Blocks its caller; one user at a time.
 */
public final class RuleInstaller {
  static final RuleProgram NOTHING = new RuleProgram(List.of());

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
    GuardedChange.read(backends, program, runner).run();
    return backends.chosen().name();
  }

  /**
   * Removes everything that any Sluice made, through every backend that is installed.
   *
   * @return whether there was anything
   * @throws RulesException if anything was refused; what was before is there again
   */
  public boolean cleanUp() throws RulesException {
    Backends backends = Backends.choose(BackendChoice.AUTOMATIC, runner);
    return GuardedChange.read(backends, NOTHING, runner).run();
  }

  /**
   * What {@link #apply} would run and feed to programs in a namespace that holds nothing yet.
   * Changes nothing and needs no root.
   *
   * @throws RulesException if the backend that was asked for is not installed
   */
  public String dryRun(RuleProgram program) throws RulesException {
    return ProgramText.of(program, Backends.choose(choice, runner));
  }

  /**
   * Compares what is there with {@code program}; changes nothing.
   *
   * @throws RulesException if it can't be told what is there
   */
  public Verification verify(RuleProgram program) throws RulesException {
    return Verification.of(program, Backends.choose(choice, runner), runner);
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
