// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The tables of one family through one variant. Blocks its caller; one user at a time. */
final class FamilyTables {
  /** How long to wait for the lock of the legacy variant; changes take milliseconds. */
  static final int LOCK_WAIT_SECONDS = 10;

  private static final Pattern EMPTY_TABLE = Pattern.compile("table ip6? \\w+ \\{\\s*\\}");

  private final Family family;
  private final IptablesPrograms programs;
  private final CommandRunner runner;

  FamilyTables(Family family, IptablesPrograms programs, CommandRunner runner) {
    this.family = family;
    this.programs = programs;
    this.runner = runner;
  }

  /** The tables of a program as states, by name. */
  static Map<String, TableState> statesOf(FamilyProgram program) {
    Map<String, TableState> states = new TreeMap<>();
    program.tables().forEach(t -> states.put(t.table().spelling(), TableState.of(t)));
    return states;
  }

  /** Everybody's tables. */
  List<SavedTable> saved() throws RulesException {
    return SavedTable.parse(runner.runOrThrow(Command.of(programs.name(family, "save"))).output());
  }

  /** False for a family that the kernel doesn't have, or a variant. */
  boolean canBeRead() throws RulesException {
    return runner.attempt(Command.of(programs.name(family, "save"))).succeeded();
  }

  /** What is there of that owner's, by table; only tables that hold something of it. */
  Map<String, TableState> read(Ownership owner, Predicate<String> tables) throws RulesException {
    Map<String, TableState> states = new TreeMap<>();
    for (SavedTable table : saved()) {
      TableState state = TableState.of(table, owner);
      if (tables.test(table.name()) && !state.isEmpty()) {
        states.put(table.name(), state);
      }
    }
    return states;
  }

  /** What {@link #change} runs; none if there is nothing to do. */
  List<Command> commands(Map<String, TableState> now, Map<String, TableState> wanted) {
    List<Command> commands = new ArrayList<>();
    boolean nft = programs.variant() == Variant.NFT;
    String script = RestoreScript.compose(now, wanted, nft);
    if (!script.isEmpty()) {
      commands.add(
          Command.of(
                  programs.name(family, "restore"),
                  "--noflush",
                  "-w",
                  Integer.toString(LOCK_WAIT_SECONDS))
              .withInput(script));
    }
    if (nft && Programs.find("nft").isPresent()) {
      // The nft variant leaves tables without chains behind, and has no word to remove them.
      emptied(now, wanted).forEach(table -> commands.add(nft("delete", table)));
    }
    return commands;
  }

  /**
   * Goes from {@code now} to {@code wanted}.
   *
   * @throws RulesException if a table was refused; tables before it, by name, are changed then
   */
  void change(Map<String, TableState> now, Map<String, TableState> wanted) throws RulesException {
    for (Command command : commands(now, wanted)) {
      if (command.input().isEmpty()) {
        removeIfEmpty(command);
      } else {
        restore(command);
      }
    }
  }

  private void restore(Command command) throws RulesException {
    CommandResult result = runner.attempt(command);
    if (!result.succeeded()) {
      throw new RulesException(IptablesComplaint.explain(family, command.input(), result));
    }
  }

  private static List<String> emptied(Map<String, TableState> now, Map<String, TableState> wanted) {
    return now.keySet().stream()
        .filter(
            table ->
                RestoreScript.goes(
                    now.getOrDefault(table, TableState.EMPTY),
                    wanted.getOrDefault(table, TableState.EMPTY)))
        .toList();
  }

  /** Somebody else may have put something there since it was looked at. */
  private void removeIfEmpty(Command deletion) throws RulesException {
    CommandResult listed = runner.attempt(nft("list", deletion.arguments().getLast()));
    if (listed.succeeded() && EMPTY_TABLE.matcher(listed.output().strip()).matches()) {
      runner.runOrThrow(deletion);
    }
  }

  private Command nft(String verb, String table) {
    return Command.of("nft", verb, "table", nftFamily(), table);
  }

  private String nftFamily() {
    return family == Family.IPV4 ? "ip" : "ip6";
  }
}
