// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.process.Command;
import dev.sluice.rules.Family;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.routing.RoutingItem;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole program as a person may read it or paste it: the commands that {@link RuleInstaller} runs
 * in a namespace that holds nothing yet, each with what it is fed. Pure.
 */
public final class ProgramText {
  private ProgramText() {}

  /** In the words of iptables, without the guard; ends with a line feed. */
  public static String of(RuleProgram program) {
    return text(commands(program, IptablesBackend.ofPlainNames()));
  }

  /** In the words of the chosen backend, with the guard where the installer uses one. */
  static String of(RuleProgram program, Backends backends) {
    List<Command> commands = new ArrayList<>(commands(program, backends.chosen()));
    if (Guard.isNeeded(backends, Listing.EMPTY, program)) {
      NetfilterBackend guardian = backends.guardian();
      RuleProgram guard = Guard.between(List.of(), program);
      commands.addAll(0, guardian.commands(RuleInstaller.NOTHING, guard));
      commands.addAll(guardian.commands(guard, RuleInstaller.NOTHING));
    }
    return text(commands);
  }

  private static List<Command> commands(RuleProgram program, NetfilterBackend backend) {
    List<Command> commands = new ArrayList<>();
    for (Family family : Family.values()) {
      for (RoutingItem item : RoutingChange.items(program, family)) {
        commands.add(Command.of(item.adding(family).toArray(String[]::new)));
      }
    }
    commands.addAll(backend.commands(RuleInstaller.NOTHING, program));
    return commands;
  }

  private static String text(List<Command> commands) {
    StringBuilder text = new StringBuilder();
    for (Command command : commands) {
      boolean fed = !command.input().isEmpty();
      text.append(fed ? "# " : "").append(command.commandLine()).append('\n');
      text.append(command.input());
    }
    return text.toString();
  }
}
