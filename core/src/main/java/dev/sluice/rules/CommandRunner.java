// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import java.nio.file.Path;

/**
 * Where the commands of the backends go. Exists so that a lab can aim them at another namespace and
 * tests can record them.
 */
@FunctionalInterface
public interface CommandRunner {
  /** Runs it to its end; the exit code is the caller's to judge. */
  CommandResult run(Command command) throws CommandException;

  /** In the namespace of this process. */
  static CommandRunner here() {
    return Command::run;
  }

  /** In the network namespace that {@code path} names, such as {@code /run/netns/pod}. */
  static CommandRunner inNetworkNamespace(Path path) {
    return command -> command.inNetworkNamespace(path).run();
  }

  /**
   * Runs it to its end, whatever its exit code; one that can't be run is a failure of the rules.
   */
  default CommandResult attempt(Command command) throws RulesException {
    try {
      return run(command);
    } catch (CommandException e) {
      throw new RulesException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Runs it and expects success. */
  default CommandResult runOrThrow(Command command) throws RulesException {
    CommandResult result = attempt(command);
    if (!result.succeeded()) {
      throw new RulesException(
          "running '" + command.commandLine() + "': " + result.firstComplaint());
    }
    return result;
  }
}
