// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.UndoStack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What Istio's own tool left in one family through one variant of iptables: its chains, the rules
 * that call them, and those of TPROXY mode that it writes into the built-in chains
 * (tools/istio-iptables/pkg/capture/run.go of istio/istio). Rules for excluded interfaces carry no
 * sign of it and are not found. Blocks its caller.
 */
public final class IstioChains {
  private final String name;
  private final FamilyTables tables;
  private final Map<String, TableState> found;

  private IstioChains(String name, FamilyTables tables, Map<String, TableState> found) {
    this.name = name;
    this.tables = tables;
    this.found = found;
  }

  /** Those of every family and installed variant that holds any. */
  public static List<IstioChains> find(CommandRunner runner) throws RulesException {
    List<IstioChains> all = new ArrayList<>();
    for (IptablesPrograms programs : IptablesPrograms.installed(runner)) {
      for (Family family : Family.values()) {
        FamilyTables tables = new FamilyTables(family, programs, runner);
        if (tables.canBeRead()) {
          Map<String, TableState> found = tables.read(Ownership.ISTIO, _ -> true);
          String name = "iptables-%s %s".formatted(programs.variant().spelling(), family.label());
          if (!found.isEmpty()) {
            all.add(new IstioChains(name, tables, found));
          }
        }
      }
    }
    return all;
  }

  /** One line for each chain and each rule of a built-in chain. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    found.forEach(
        (table, state) -> {
          String where = name + " " + table + ": ";
          state.chains().keySet().forEach(chain -> lines.add(where + "chain " + chain));
          state
              .jumps()
              .forEach(jump -> lines.add(where + "-A " + jump.builtInChain() + " " + jump.rule()));
        });
    return lines;
  }

  /**
   * Removes all of it, and pushes the way back.
   *
   * @throws RulesException if it was refused; the way back is pushed all the same
   */
  public void remove(UndoStack done) throws RulesException {
    done.push(() -> tables.change(tables.read(Ownership.ISTIO, _ -> true), found));
    tables.change(found, Map.of());
  }
}
