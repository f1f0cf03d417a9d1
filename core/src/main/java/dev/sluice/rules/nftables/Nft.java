// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** The program nft(8). Blocks its caller; one user at a time. */
final class Nft {
  private final CommandRunner runner;
  private boolean required;

  Nft(CommandRunner runner) {
    this.runner = runner;
  }

  /** The command that reads {@code script} and has the kernel take all of it or nothing. */
  static Command feeding(String script) {
    return Command.of("nft", "-f", "-").withInput(script);
  }

  /** Fails if there is none, or one too old. */
  private void require() throws RulesException {
    if (required) {
      return;
    }
    if (Programs.find("nft").isEmpty()) {
      throw new RulesException("looking for 'nft': not installed; install the package 'nftables'");
    }
    NftVersion.require(runner.runOrThrow(Command.of("nft", "--version")).output());
    required = true;
  }

  /** Whether there is one that will do, on a kernel that it can talk to. */
  boolean isUsable() throws RulesException {
    if (Programs.find("nft").isEmpty()) {
      return false;
    }
    String version = runner.attempt(Command.of("nft", "--version")).output();
    if (!NftVersion.suffices(version)) {
      return false;
    }
    CommandResult listed = runner.attempt(Command.of("nft", "-nj", "list", "tables"));
    // Without root it can't be told, and is told where something is to be done.
    return listed.succeeded() || listed.errors().contains("not permitted");
  }

  /** Our tables alone, not to wait for those of others, which may be huge. */
  List<ListedTable> tables(Predicate<TableName> which) throws RulesException {
    require();
    List<ListedTable> tables = new ArrayList<>();
    for (Json object : parse(list("-nj", "tables")).at("nftables").items()) {
      TableName name = name(object.at("table"), "name");
      if (name.isOurs() && which.test(name)) {
        tables.add(table(name));
      }
    }
    return tables;
  }

  /** The tables of others from which the kernel calls a chain before one of {@code ours}. */
  List<ListedTable> tablesBefore(List<ListedTable> ours) throws RulesException {
    Set<TableName> names = new TreeSet<>();
    if (!ours.isEmpty()) {
      for (Json object : parse(list("-nj", "chains")).at("nftables").items()) {
        Json chain = object.at("chain");
        TableName table = name(chain, "table");
        ListedTable.base(chain)
            .filter(base -> !table.isOurs() && NftObstacles.precedes(table, base, ours))
            .ifPresent(_ -> names.add(table));
      }
    }
    List<ListedTable> tables = new ArrayList<>();
    for (TableName name : names) {
      tables.add(table(name));
    }
    return tables;
  }

  private ListedTable table(TableName name) throws RulesException {
    return ListedTable.of(name, parse(list("-nj", "table", name.family(), name.name())));
  }

  private static TableName name(Json object, String member) {
    return new TableName(
        object.at("family").text().orElse(""), object.at(member).text().orElse(""));
  }

  /** That table in the language of scripts, counters too. */
  TableBody verbatim(ListedTable table) throws RulesException {
    TableName name = table.name();
    return new TableBody(name, table.shape(), list("-n", "table", name.family(), name.name()));
  }

  /** Nothing of it is done if this fails. */
  void write(String script) throws RulesException {
    if (script.isEmpty()) {
      return;
    }
    CommandResult result = runner.attempt(feeding(script));
    if (!result.succeeded()) {
      throw new RulesException(NftComplaint.explain(script, result));
    }
  }

  private String list(String form, String... what) throws RulesException {
    List<String> words = new ArrayList<>(List.of("nft", form, "list"));
    words.addAll(List.of(what));
    Command command = Command.of(words.toArray(String[]::new));
    CommandResult result = runner.attempt(command);
    if (!result.succeeded()) {
      throw new RulesException(NftComplaint.explainListing(command, result));
    }
    return result.output();
  }

  private static Json parse(String text) throws RulesException {
    try {
      return Json.parse(text);
    } catch (IllegalArgumentException e) {
      throw new RulesException(
          "reading the rules with 'nft -j': " + e.getMessage() + "; expected nft built with JSON",
          e);
    }
  }
}
