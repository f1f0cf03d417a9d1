// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Composes the one script that takes all tables of both families from what is there to what is
 * wanted. The kernel takes it as a whole or not at all. A chain that stays is filled anew, never
 * made anew: of a new chain beside the old one a packet could miss both. Pure.
 */
final class NftScript {
  private final StringBuilder text = new StringBuilder();

  private NftScript() {}

  /**
   * Empty if nothing is there and nothing wanted.
   *
   * @param present those that are there, of the tables that the change is about
   */
  static String compose(Map<TableName, TableShape> present, List<TableBody> wanted) {
    NftScript script = new NftScript();
    Map<TableName, TableShape> leftOver = new TreeMap<>(present);
    for (TableBody table : wanted) {
      script.empty(table.name(), leftOver.remove(table.name()), table.shape());
      script.text.append(table.text());
    }
    leftOver.keySet().forEach(name -> script.line("delete table " + name));
    return script.text.toString();
  }

  /** Leaves the table there, with no rules and no chain that isn't wanted. */
  private void empty(TableName name, @Nullable TableShape before, TableShape after) {
    boolean anew = before != null && before.clashesWith(after);
    if (anew) {
      line("delete table " + name);
    }
    // Two lines that do nothing for a new table, so that the same text is good for one that is
    // there already.
    line("add table " + name);
    line("flush table " + name);
    if (before != null && !anew) {
      before.chains().keySet().stream()
          .filter(chain -> !after.chains().containsKey(chain))
          .sorted()
          .forEach(chain -> line("delete chain " + name + " " + chain));
    }
  }

  private void line(String command) {
    text.append(command).append('\n');
  }
}
