// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import java.util.Map;
import java.util.TreeMap;

/**
 * Netfilter of one family through iptables-save and iptables-restore. The nft variant is taken
 * where it is installed by that name. Blocks its caller; one user at a time.
 */
final class IptablesBackend {
  private final Family family;
  private final CommandRunner runner;

  IptablesBackend(Family family, CommandRunner runner) {
    this.family = family;
    this.runner = runner;
  }

  /** The tables of a program as states. */
  static Map<String, TableState> statesOf(FamilyProgram program) {
    Map<String, TableState> states = new TreeMap<>();
    program.tables().forEach(t -> states.put(t.table().spelling(), TableState.of(t)));
    return states;
  }

  /** What of ours is there. */
  Map<String, TableState> read() throws RulesException {
    return SavedTables.parse(runner.runOrThrow(Command.of(tool("save"))).output());
  }

  /**
   * Goes from {@code now} to {@code wanted}.
   *
   * @return whether there was anything to do
   * @throws RulesException if a table was refused; tables before it, by name, are changed then
   */
  boolean change(Map<String, TableState> now, Map<String, TableState> wanted)
      throws RulesException {
    String script = RestoreScript.compose(now, wanted);
    if (script.isEmpty()) {
      return false;
    }
    Command restore = Command.of(tool("restore"), "--noflush", "-w").withInput(script);
    CommandResult result = runner.attempt(restore);
    if (!result.succeeded()) {
      throw new RulesException(IptablesComplaint.explain(family, script, result));
    }
    return true;
  }

  private String tool(String verb) throws RulesException {
    String nft = family.program() + "-nft-" + verb;
    String plain = family.program() + "-" + verb;
    if (Programs.find(nft).isPresent()) {
      return nft;
    }
    if (Programs.find(plain).isPresent()) {
      return plain;
    }
    throw new RulesException(
        "looking for '" + plain + "': not installed; install the package 'iptables'");
  }
}
