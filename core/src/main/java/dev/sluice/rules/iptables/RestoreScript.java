// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.iptables.TableState.Jump;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Composes the input of {@code iptables-restore --noflush} that takes tables from one state to
 * another. Each table is one transaction of the kernel: no packet meets a half of it. Jumps that
 * stay are not touched, so their place among other people's rules stays too. Pure.
 */
final class RestoreScript {
  private RestoreScript() {}

  /**
   * All tables that change; empty if there is nothing to do.
   *
   * @param nft whether the nft variant reads it, where built-in chains come and go; the legacy
   *     variant refuses to delete them
   */
  static String compose(Map<String, TableState> now, Map<String, TableState> wanted, boolean nft) {
    Set<String> tables = new TreeSet<>(now.keySet());
    tables.addAll(wanted.keySet());
    StringBuilder script = new StringBuilder();
    for (String table : tables) {
      TableState before = now.getOrDefault(table, TableState.EMPTY);
      TableState after = wanted.getOrDefault(table, TableState.EMPTY);
      if (before.doesTheSameAs(after)) {
        continue;
      }
      List<String> lines = lines(before, after);
      if (nft) {
        lines.addAll(emptyBuiltInChains(before, after));
      }
      if (!lines.isEmpty()) {
        script.append('*').append(table).append('\n');
        lines.forEach(line -> script.append(line).append('\n'));
        script.append("COMMIT\n");
      }
    }
    return script.toString();
  }

  /** Whether the table is left with nothing in it, ours or anybody's. */
  static boolean goes(TableState now, TableState wanted) {
    return !now.isEmpty() && wanted.isEmpty() && now.foreign().isEmpty();
  }

  private static List<String> lines(TableState now, TableState wanted) {
    List<String> lines = new ArrayList<>();
    // Naming a chain makes it, or empties it if it is there.
    Set<String> named = new LinkedHashSet<>(wanted.chains().keySet());
    named.addAll(now.chains().keySet());
    named.forEach(chain -> lines.add(":" + chain + " - [0:0]"));
    List<Jump> added = new ArrayList<>(wanted.jumps());
    for (Jump present : now.jumps()) {
      if (!inOrder(present.builtInChain(), now, wanted) || !removeFirst(added, present)) {
        lines.add("-D " + present.builtInChain() + " " + present.rule());
      }
    }
    wanted.chains().forEach((chain, rules) -> rules.forEach(rule -> lines.add(line(chain, rule))));
    added.stream()
        .sorted(Comparator.comparingInt(Jump::position))
        .forEach(jump -> lines.add(line(jump)));
    now.chains().keySet().stream()
        .filter(chain -> !wanted.chains().containsKey(chain))
        .forEach(chain -> lines.add("-X " + chain));
    return lines;
  }

  /**
   * Whether the wanted jumps that are there, and the others behind them, stand in their order.
   * Where one is there twice they don't: {@code -D} takes the first, and the one that is left may
   * stand behind another.
   */
  private static boolean inOrder(String chain, TableState now, TableState wanted) {
    List<String> order = rulesIn(chain, wanted).stream().distinct().toList();
    List<String> present = rulesIn(chain, now);
    Set<String> come = new LinkedHashSet<>(present);
    if (come.size() < present.size()) {
      return false;
    }
    come.retainAll(order);
    come.addAll(order);
    return List.copyOf(come).equals(order);
  }

  private static List<String> rulesIn(String chain, TableState state) {
    return state.jumps().stream()
        .filter(jump -> jump.builtInChain().equals(chain))
        .map(Jump::rule)
        .toList();
  }

  /**
   * Built-in chains that only we used. They are hooks of the kernel, made by the nft variant when
   * they are first needed, and the one of nat keeps connection tracking on.
   */
  private static List<String> emptyBuiltInChains(TableState now, TableState wanted) {
    if (goes(now, wanted)) {
      return List.of("-X");
    }
    return now.jumps().stream()
        .map(Jump::builtInChain)
        .distinct()
        .filter(chain -> !now.foreign().contains(chain))
        .filter(chain -> wanted.jumps().stream().noneMatch(j -> j.builtInChain().equals(chain)))
        .map(chain -> "-X " + chain)
        .toList();
  }

  private static boolean removeFirst(List<Jump> jumps, Jump like) {
    for (int i = 0; i < jumps.size(); i++) {
      if (jumps.get(i).sameRule(like)) {
        jumps.remove(i);
        return true;
      }
    }
    return false;
  }

  private static String line(String chain, String rule) {
    return rule.startsWith("#") ? rule : "-A " + chain + " " + rule;
  }

  private static String line(Jump jump) {
    return jump.position() == TableState.AT_THE_END
        ? "-A " + jump.builtInChain() + " " + jump.rule()
        : "-I " + jump.builtInChain() + " " + jump.position() + " " + jump.rule();
  }
}
