// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Hook;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One of our tables, as {@code nft -nj list table} prints it. Immutable.
 *
 * @param rules by chain; each as the array of its expressions
 * @param others what no table of ours holds: sets, maps, objects
 */
record ListedTable(
    TableName name, TableShape shape, Map<String, List<Json>> rules, List<Json> others) {

  /** From the whole listing of that table. */
  static ListedTable of(TableName name, Json listing) {
    Map<String, Optional<BaseChain>> chains = new LinkedHashMap<>();
    Map<String, List<Json>> rules = new LinkedHashMap<>();
    List<Json> others = new ArrayList<>();
    for (Json object : listing.at("nftables").items()) {
      if (object.has("chain")) {
        Json chain = object.at("chain");
        chains.put(word(chain, "name"), base(chain));
        rules.put(word(chain, "name"), new ArrayList<>());
      } else if (object.has("rule")) {
        Json rule = object.at("rule");
        rules.computeIfAbsent(word(rule, "chain"), _ -> new ArrayList<>()).add(rule.at("expr"));
      } else if (!object.has("metainfo") && !object.has("table")) {
        others.add(object);
      }
    }
    return new ListedTable(name, new TableShape(chains), rules, others);
  }

  /** The hook that this chain is called from, if it is called as one of ours is. */
  Optional<Hook> hook(String chain) {
    for (Hook hook : Hook.values()) {
      if (hook.name().equals(chain)
          && shape.base(chain).isPresent()
          && name.table().map(t -> BaseChain.of(t, hook)).equals(shape.base(chain))) {
        return Optional.of(hook);
      }
    }
    return Optional.empty();
  }

  /** How the kernel calls that chain, as it is listed; empty if it doesn't. */
  static Optional<BaseChain> base(Json chain) {
    return chain.has("hook")
        ? Optional.of(
            new BaseChain(
                word(chain, "type"),
                word(chain, "hook"),
                (int) chain.at("prio").whole().orElse(0),
                word(chain, "policy")))
        : Optional.empty();
  }

  private static String word(Json of, String member) {
    return of.at(member).text().orElse("");
  }
}
