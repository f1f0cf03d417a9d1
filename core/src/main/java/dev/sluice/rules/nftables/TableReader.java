// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.Hook;
import dev.sluice.rules.ListedChain;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One of our tables back to its part of a program. Pure; one use a table. */
final class TableReader {
  private final ListedTable listed;
  private final Family family;
  private final Table table;
  private final List<Chain> chains = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final List<ListedChain> texts = new ArrayList<>();
  private final List<String> strange = new ArrayList<>();

  private TableReader(ListedTable listed, Family family, Table table) {
    this.listed = listed;
    this.family = family;
    this.table = table;
  }

  /** Reads all of it. */
  static TableReader of(ListedTable listed, Family family, Table table) {
    TableReader reader = new TableReader(listed, family, table);
    listed.others().forEach(other -> reader.strange.add(listed.name() + ": " + other));
    listed.rules().forEach(reader::chain);
    return reader;
  }

  TableProgram program() {
    return new TableProgram(table, chains, entries);
  }

  List<ListedChain> texts() {
    return texts;
  }

  /** One line each. */
  List<String> strange() {
    return strange;
  }

  private void chain(String name, List<Json> expressions) {
    List<Rule> understood = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    Optional<Hook> hook = listed.hook(name);
    if (hook.isEmpty() && !isOurs(name)) {
      // Called by the kernel in a way that ours aren't, or by a name that ours don't have.
      String base = listed.shape().base(name).map(BaseChain::toString).orElse("a chain");
      note(name, base, lines);
    }
    for (ChainReader.Found found : ChainReader.read(expressions)) {
      Optional<Rule> rule = found.rule().filter(r -> hook.isEmpty() || isCall(r));
      if (rule.isPresent() && (hook.isPresent() || isOurs(name))) {
        understood.add(rule.get());
        lines.add(RuleText.bare(rule.get(), family));
      } else {
        note(name, found.source().toString(), lines);
      }
    }
    texts.add(new ListedChain(family, table, name, lines));
    if (hook.isPresent()) {
      understood.forEach(rule -> entries.add(new Entry(hook.get(), rule)));
    } else if (isOurs(name)) {
      chains.add(new Chain(name, understood));
    }
  }

  private void note(String chain, String text, List<String> lines) {
    lines.add(text);
    strange.add(listed.name() + " " + chain + ": " + text);
  }

  private boolean isOurs(String chain) {
    return chain.startsWith(Chain.PREFIX)
        && chain.length() <= Chain.LONGEST_NAME
        && listed.shape().base(chain).isEmpty();
  }

  private static boolean isCall(Rule rule) {
    return rule.target() instanceof Target.Call;
  }
}
