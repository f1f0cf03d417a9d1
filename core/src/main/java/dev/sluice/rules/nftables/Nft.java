// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.List;
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

  /** Our tables alone, not to wait for those of others, which may be huge. */
  List<ListedTable> tables(Predicate<TableName> which) throws RulesException {
    require();
    List<ListedTable> tables = new ArrayList<>();
    for (Json object : parse(list("-nj", "tables")).at("nftables").items()) {
      Json table = object.at("table");
      TableName name =
          new TableName(table.at("family").text().orElse(""), table.at("name").text().orElse(""));
      if (name.isOurs() && which.test(name)) {
        String listed = list("-nj", "table", name.family(), name.name());
        tables.add(ListedTable.of(name, parse(listed)));
      }
    }
    return tables;
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
