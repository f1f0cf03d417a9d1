// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.Chain;
import dev.sluice.rules.iptables.TableState.Jump;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what iptables-save(8) prints and keeps what is ours: chains whose name starts with {@link
 * Chain#PREFIX}, and rules of other chains that call them. Pure.
 */
final class SavedTables {
  private static final Pattern CALL =
      Pattern.compile("(?:^| )-[jg] " + Chain.PREFIX + "[^ ]*(?: |$)");
  private static final Pattern APPENDED = Pattern.compile("-A ([^ ]+)(?: (.*))?");

  /** Stands for chains whose names aren't known; no chain can be called that. */
  private static final String UNLISTED = "(unlisted)";

  private final boolean unlisted;
  private final Map<String, TableState> tables = new TreeMap<>();
  private Map<String, List<String>> chains = new LinkedHashMap<>();
  private Map<String, Integer> positions = new LinkedHashMap<>();
  private List<Jump> jumps = new ArrayList<>();
  private Set<String> foreign = new HashSet<>();

  private SavedTables(boolean unlisted) {
    this.unlisted = unlisted;
  }

  /** By table, only those that hold something of ours. */
  static Map<String, TableState> parse(String text) {
    // Made with nft, and not listed: "# Table `nat' contains incompatible base-chains, …".
    SavedTables reader = new SavedTables(text.contains("incompatible base-chains"));
    String table = "";
    for (String line : text.lines().toList()) {
      if (line.startsWith("*")) {
        table = line.substring(1).strip();
        reader.startTable();
      } else if (line.startsWith(":")) {
        reader.chain(line.substring(1).split(" ", -1));
      } else if (line.startsWith("-A ")) {
        reader.rule(line);
      } else if (line.equals("COMMIT")) {
        reader.endTable(table);
      }
    }
    return reader.tables;
  }

  private void startTable() {
    foreign = new HashSet<>();
    if (unlisted) {
      foreign.add(UNLISTED);
    }
    chains = new LinkedHashMap<>();
    positions = new LinkedHashMap<>();
    jumps = new ArrayList<>();
  }

  /** {@code NAME POLICY [packets:bytes]}; a built-in chain that nobody touched has ACCEPT. */
  private void chain(String[] words) {
    if (words[0].startsWith(Chain.PREFIX)) {
      chains.put(words[0], new ArrayList<>());
    } else if (words.length < 2 || !words[1].equals("ACCEPT")) {
      foreign.add(words[0]);
    }
  }

  private void rule(String line) {
    Matcher appended = APPENDED.matcher(line);
    if (!appended.matches()) {
      return;
    }
    String chain = appended.group(1);
    String rule = appended.group(2) == null ? "" : appended.group(2);
    int position = positions.merge(chain, 1, Integer::sum);
    List<String> ours = chains.get(chain);
    if (ours != null) {
      ours.add(rule);
    } else if (CALL.matcher(rule).find()) {
      jumps.add(new Jump(chain, position, rule));
    } else {
      foreign.add(chain);
    }
  }

  private void endTable(String table) {
    TableState state = new TableState(chains, jumps, foreign);
    if (!state.isEmpty()) {
      tables.put(table, state);
    }
  }
}
