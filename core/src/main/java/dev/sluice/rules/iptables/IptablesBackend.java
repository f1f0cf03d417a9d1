// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RulesException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Netfilter of one family through iptables-save and iptables-restore. The nft variant is taken
 * where it is installed by that name. Blocks its caller; one user at a time.
 */
public final class IptablesBackend {
  private static final Pattern EMPTY_TABLE = Pattern.compile("table ip6? \\w+ \\{\\s*\\}");

  private final Family family;
  private final CommandRunner runner;

  public IptablesBackend(Family family, CommandRunner runner) {
    this.family = family;
    this.runner = runner;
  }

  /** The tables of a program as states. */
  public static Map<String, TableState> statesOf(FamilyProgram program) {
    Map<String, TableState> states = new TreeMap<>();
    program.tables().forEach(t -> states.put(t.table().spelling(), TableState.of(t)));
    return states;
  }

  /** What of ours is there. */
  public Map<String, TableState> read() throws RulesException {
    return SavedTables.parse(runner.runOrThrow(Command.of(tool("save"))).output());
  }

  /**
   * Goes from {@code now} to {@code wanted}.
   *
   * @return whether there was anything to do
   * @throws RulesException if a table was refused; tables before it, by name, are changed then
   */
  public boolean change(Map<String, TableState> now, Map<String, TableState> wanted)
      throws RulesException {
    String tool = tool("restore");
    String script = RestoreScript.compose(now, wanted, isNft(tool));
    if (script.isEmpty()) {
      return false;
    }
    Command restore = Command.of(tool, "--noflush", "-w").withInput(script);
    CommandResult result = runner.attempt(restore);
    if (!result.succeeded()) {
      throw new RulesException(IptablesComplaint.explain(family, script, result));
    }
    for (Map.Entry<String, TableState> table : now.entrySet()) {
      TableState after = wanted.getOrDefault(table.getKey(), TableState.EMPTY);
      if (RestoreScript.goes(table.getValue(), after)) {
        removeIfEmpty(table.getKey());
      }
    }
    return true;
  }

  /** The nft variant leaves tables without chains behind, and has no word to remove them. */
  private void removeIfEmpty(String table) throws RulesException {
    if (Programs.find("nft").isEmpty()) {
      return;
    }
    CommandResult listed = runner.attempt(Command.of("nft", "list", "table", nftFamily(), table));
    if (listed.succeeded() && EMPTY_TABLE.matcher(listed.output().strip()).matches()) {
      runner.runOrThrow(Command.of("nft", "delete", "table", nftFamily(), table));
    }
  }

  private String nftFamily() {
    return family == Family.IPV4 ? "ip" : "ip6";
  }

  private boolean isNft(String tool) throws RulesException {
    return tool.contains("-nft-")
        || runner.runOrThrow(Command.of(tool, "--version")).output().contains("nf_tables");
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
