// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.UndoStack;
import dev.sluice.rules.iptables.IstioChains;
import dev.sluice.rules.routing.RoutingBackend;
import dev.sluice.rules.routing.RoutingItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What Istio's own tools left in a network namespace: chains of iptables, tables of nftables,
 * policy rules, routes, and ::6 of lo. Sluice works beside none of it; it is removed only for a
 * user who asks for that by name. Blocks its caller; one user at a time.
 */
public final class IstioRemains {
  /** Those of tools/istio-nftables and of the node agent's in-pod rules. */
  private static final Pattern TABLE =
      Pattern.compile("table inet (istio-(?:proxy|ambient)-(?:nat|mangle|raw))");

  /** Sidecar with TPROXY: mark 1337, table 133. Ambient: mark 0x111/0xfff, table 100. */
  private static final Pattern ROUTING =
      Pattern.compile(
          "\\d+ from all fwmark 0x539 lookup 133"
              + "|32764 from all fwmark 0x111/0xfff lookup 100"
              + "|local default dev lo table (?:133|100)"
              + "|::6/128");

  private final CommandRunner runner;
  private final List<IstioChains> chains;
  private final List<String> tables;
  private final Map<Family, List<RoutingItem>> routing;

  private IstioRemains(
      CommandRunner runner,
      List<IstioChains> chains,
      List<String> tables,
      Map<Family, List<RoutingItem>> routing) {
    this.runner = runner;
    this.chains = chains;
    this.tables = tables;
    this.routing = routing;
  }

  /** Looks where {@code runner} runs its commands; changes nothing. */
  public static IstioRemains find(CommandRunner runner) throws RulesException {
    return new IstioRemains(runner, IstioChains.find(runner), tables(runner), routing(runner));
  }

  private static List<String> tables(CommandRunner runner) throws RulesException {
    if (Programs.find("nft").isEmpty()) {
      return List.of();
    }
    CommandResult listed = runner.attempt(Command.of("nft", "list", "tables"));
    return TABLE.matcher(listed.output()).results().map(match -> match.group(1)).toList();
  }

  private static Map<Family, List<RoutingItem>> routing(CommandRunner runner)
      throws RulesException {
    Map<Family, List<RoutingItem>> found = new TreeMap<>();
    for (Family family : Family.values()) {
      RoutingBackend backend = new RoutingBackend(family, runner);
      if (backend.canBeRead()) {
        found.put(
            family,
            backend.read().foreign().stream()
                .filter(item -> ROUTING.matcher(item.text()).matches())
                .toList());
      }
    }
    return found;
  }

  /** One line for each thing; empty if there is nothing of Istio. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    chains.forEach(found -> lines.addAll(found.lines()));
    tables.forEach(table -> lines.add("nftables: table inet " + table));
    routing.forEach(
        (family, items) -> items.forEach(item -> lines.add(family.label() + " " + describe(item))));
    return lines;
  }

  /**
   * Removes all that was found.
   *
   * @throws RulesException if anything was refused; what was before is there again
   */
  public void remove() throws RulesException {
    UndoStack done = new UndoStack();
    try {
      for (IstioChains found : chains) {
        found.remove(done);
      }
      for (Map.Entry<Family, List<RoutingItem>> entry : routing.entrySet()) {
        removeRouting(new RoutingBackend(entry.getKey(), runner), entry.getValue(), done);
      }
      // Last, since deleted tables can't be put back from here; all of them or none.
      if (!tables.isEmpty()) {
        StringBuilder script = new StringBuilder();
        tables.forEach(table -> script.append("delete table inet ").append(table).append('\n'));
        runner.runOrThrow(Command.of("nft", "-f", "-").withInput(script.toString()));
      }
    } catch (RulesException e) {
      throw RuleInstaller.withOutcome(done.takeBack(e));
    }
  }

  private static void removeRouting(RoutingBackend backend, List<RoutingItem> items, UndoStack done)
      throws RulesException {
    for (RoutingItem item : items) {
      backend.deleteForeign(item);
      done.push(() -> backend.addForeign(item));
    }
  }

  private static String describe(RoutingItem item) {
    return switch (item.kind()) {
      case RULE -> "policy rule: " + item.text();
      case ROUTE -> "route: " + item.text();
      case ADDRESS -> "address of lo: " + item.text();
    };
  }
}
