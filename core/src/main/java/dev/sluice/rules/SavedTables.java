// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.rules.TableState.Jump;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  private final Map<String, TableState> tables = new TreeMap<>();
  private Map<String, List<String>> chains = new LinkedHashMap<>();
  private Map<String, Integer> positions = new LinkedHashMap<>();
  private List<Jump> jumps = new ArrayList<>();

  private SavedTables() {}

  /** By table, only those that hold something of ours. */
  static Map<String, TableState> parse(String text) {
    SavedTables reader = new SavedTables();
    String table = "";
    for (String line : text.lines().toList()) {
      if (line.startsWith("*")) {
        table = line.substring(1).strip();
        reader.startTable();
      } else if (line.startsWith(":")) {
        reader.chain(line.substring(1).split(" ", 2)[0]);
      } else if (line.startsWith("-A ")) {
        reader.rule(line);
      } else if (line.equals("COMMIT")) {
        reader.endTable(table);
      }
    }
    return reader.tables;
  }

  private void startTable() {
    chains = new LinkedHashMap<>();
    positions = new LinkedHashMap<>();
    jumps = new ArrayList<>();
  }

  private void chain(String name) {
    if (name.startsWith(Chain.PREFIX)) {
      chains.put(name, new ArrayList<>());
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
    }
  }

  private void endTable(String table) {
    TableState state = new TableState(chains, jumps);
    if (!state.isEmpty()) {
      tables.put(table, state);
    }
  }
}
