// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Listing.Obstacle;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rules of others that packets meet before ours and that end their way, so that ours never see
 * them: at the same hook with a priority that is no greater. Of two chains of one priority the
 * newer comes first, which no listing tells, so both are named. Pure.
 */
final class NftObstacles {
  private static final Set<String> ENDS =
      Set.of("drop", "reject", "queue", "dnat", "redirect", "tproxy");

  /** Rules of iptables that nft has no words for. */
  private static final Set<String> TARGETS_THAT_END =
      Set.of("DNAT", "REDIRECT", "REJECT", "TPROXY", "NFQUEUE");

  private final ListedTable table;
  private final List<Obstacle> found = new ArrayList<>();

  private NftObstacles(ListedTable table) {
    this.table = table;
  }

  /** Those in {@code foreign}, a table that is not ours. */
  static List<Obstacle> in(ListedTable foreign, List<ListedTable> ours) {
    NftObstacles obstacles = new NftObstacles(foreign);
    foreign.shape().chains().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            chain ->
                chain
                    .getValue()
                    .filter(base -> precedes(foreign.name(), base, ours))
                    .ifPresent(base -> obstacles.search(chain.getKey(), base)));
    return obstacles.found;
  }

  /** Whether packets of any chain of ours come by that chain first. */
  static boolean precedes(TableName foreign, BaseChain chain, List<ListedTable> ours) {
    return ours.stream()
        .filter(
            table ->
                foreign.family().equals("inet") || foreign.family().equals(table.name().family()))
        .flatMap(table -> table.shape().baseChains().stream())
        .anyMatch(base -> base.hook().equals(chain.hook()) && chain.priority() <= base.priority());
  }

  private void search(String chain, BaseChain base) {
    String place = "'nft list chain " + table.name() + " " + chain + "'";
    int number = 0;
    for (Json rule : table.rules().getOrDefault(chain, List.of())) {
      number++;
      boolean ends = rule.items().stream().anyMatch(NftObstacles::ends);
      if (ends || leadsToAnEnd(rule, new HashSet<>())) {
        boolean always = ends && rule.items().stream().noneMatch(NftObstacles::isCondition);
        found.add(new Obstacle("rule %d of %s".formatted(number, place), always));
      }
    }
    if (!base.policy().equals("accept")) {
      found.add(new Obstacle("the policy of " + place, number == 0));
    }
  }

  /** Whether it calls a chain in which some rule ends the way of some packets. */
  private boolean leadsToAnEnd(Json rule, Set<String> seen) {
    for (Json statement : rule.items()) {
      String called =
          statement
              .at("jump")
              .at("target")
              .text()
              .or(() -> statement.at("goto").at("target").text())
              .orElse("");
      if (!called.isEmpty()
          && seen.add(called)
          && table.rules().getOrDefault(called, List.of()).stream()
              .anyMatch(
                  r -> r.items().stream().anyMatch(NftObstacles::ends) || leadsToAnEnd(r, seen))) {
        return true;
      }
    }
    return false;
  }

  private static boolean ends(Json statement) {
    return ENDS.stream().anyMatch(statement::has)
        || TARGETS_THAT_END.contains(statement.at("xt").at("name").text().orElse(""));
  }

  private static boolean isCondition(Json statement) {
    return statement.has("match")
        || statement.at("xt").at("type").text().orElse("").equals("match");
  }
}
