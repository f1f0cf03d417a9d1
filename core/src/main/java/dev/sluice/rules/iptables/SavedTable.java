// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One table as iptables-save(8) prints it, everybody's rules in it. Pure.
 *
 * @param chains in the order of the text
 * @param complete false if the table also holds what iptables can't list, because nft(8) made it
 */
record SavedTable(String name, Map<String, SavedChain> chains, boolean complete) {
  private static final Pattern APPENDED = Pattern.compile("-A ([^ ]+)(?: (.*))?");

  /**
   * One chain.
   *
   * @param policy {@code -} for a chain that isn't built in
   * @param rules without {@code -A CHAIN}, in order
   */
  record SavedChain(String policy, List<String> rules) {
    boolean builtIn() {
      return !policy.equals("-");
    }
  }

  /** Every table in {@code text}. */
  static List<SavedTable> parse(String text) {
    // "# Table `nat' contains incompatible base-chains, use 'nft' tool to list them."
    boolean complete = !text.contains("incompatible base-chains");
    List<SavedTable> tables = new ArrayList<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("*")) {
        tables.add(new SavedTable(line.substring(1).strip(), new LinkedHashMap<>(), complete));
      } else if (!tables.isEmpty()) {
        tables.getLast().read(line);
      }
    }
    return tables;
  }

  /** Whether anybody changed anything in it: a rule, a chain, a policy. */
  boolean holdsAnything() {
    return !complete
        || chains.values().stream()
            .anyMatch(chain -> !chain.policy().equals("ACCEPT") || !chain.rules().isEmpty());
  }

  private void read(String line) {
    Matcher appended = APPENDED.matcher(line);
    if (line.startsWith(":")) {
      // ":NAME POLICY [packets:bytes]"
      String[] words = line.substring(1).split(" ", -1);
      chains.put(words[0], new SavedChain(words.length < 2 ? "-" : words[1], new ArrayList<>()));
    } else if (appended.matches()) {
      SavedChain chain = chains.get(appended.group(1));
      if (chain != null) {
        chain.rules().add(appended.group(2) == null ? "" : appended.group(2));
      }
    }
  }
}
