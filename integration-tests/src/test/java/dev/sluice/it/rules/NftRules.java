// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import java.util.ArrayList;
import java.util.List;

/** The text of {@code nft list ruleset}, for comparison. */
final class NftRules {
  private NftRules() {}

  /** One line a rule, under its table and chain and by its number there; sorted. */
  static List<String> byChain(String ruleset) {
    List<String> rules = new ArrayList<>();
    String table = "";
    String chain = "";
    int number = 0;
    for (String line : ruleset.lines().map(String::strip).toList()) {
      if (line.startsWith("table ")) {
        table = line;
        rules.add(table);
      } else if (line.startsWith("chain ")) {
        chain = line;
        number = 0;
        rules.add(table + chain);
      } else if (!line.isEmpty() && !line.equals("}")) {
        rules.add("%s%s%04d %s".formatted(table, chain, number, line));
        number++;
      }
    }
    return rules.stream().sorted().toList();
  }
}
