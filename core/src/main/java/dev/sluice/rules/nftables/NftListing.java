// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.ListedChain;
import dev.sluice.rules.Listing;
import dev.sluice.rules.Listing.Obstacle;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** From our tables, as they are listed, back to a program. Pure. */
final class NftListing {
  private NftListing() {}

  /**
   * What these tables hold.
   *
   * @param foreign tables of others that may matter
   */
  static Listing of(List<ListedTable> tables, List<ListedTable> foreign) {
    Map<Family, List<TableProgram>> programs = new EnumMap<>(Family.class);
    List<ListedChain> chains = new ArrayList<>();
    List<String> strange = new ArrayList<>();
    for (ListedTable listed : tables) {
      Optional<Family> family = listed.name().programFamily();
      Optional<Table> table = listed.name().table();
      if (family.isEmpty() || table.isEmpty()) {
        strange.add("table " + listed.name());
        continue;
      }
      TableReader reader = TableReader.of(listed, family.get(), table.get());
      programs.computeIfAbsent(family.get(), _ -> new ArrayList<>()).add(reader.program());
      chains.addAll(reader.texts());
      strange.addAll(reader.strange());
    }
    chains.sort(ListedChain.ORDER);
    List<Obstacle> before =
        foreign.stream().flatMap(table -> NftObstacles.in(table, tables).stream()).toList();
    List<FamilyProgram> families = new ArrayList<>();
    programs.forEach((f, parts) -> families.add(new FamilyProgram(f, parts, List.of())));
    return new Listing(NormalForm.of(new RuleProgram(families)), chains, strange, before);
  }

  /** The chains of a program as {@link #of} lists them when exactly that is there. */
  static List<ListedChain> chainsOf(RuleProgram program) {
    List<ListedChain> chains = new ArrayList<>();
    for (FamilyProgram part : NormalForm.of(program).families()) {
      for (TableProgram table : part.tables()) {
        for (Hook hook : Hook.values()) {
          List<Rule> rules = table.entriesOf(hook);
          if (!rules.isEmpty()) {
            chains.add(chain(part.family(), table.table(), hook.name(), rules));
          }
        }
        for (Chain chain : table.chains()) {
          chains.add(chain(part.family(), table.table(), chain.name(), chain.rules()));
        }
      }
    }
    chains.sort(ListedChain.ORDER);
    return chains;
  }

  private static ListedChain chain(Family family, Table table, String name, List<Rule> rules) {
    return new ListedChain(
        family, table, name, rules.stream().map(rule -> RuleText.bare(rule, family)).toList());
  }
}
