// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.Family;
import dev.sluice.rules.Listing.Obstacle;
import dev.sluice.rules.iptables.SavedTable.SavedChain;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds rules of others that end a packet's way through a table before our jump sees it. Pure. */
final class Obstacles {
  /** Marking, logging and the like let a packet go on; these don't. */
  private static final Set<String> ENDS =
      Set.of("ACCEPT", "DROP", "REJECT", "REDIRECT", "DNAT", "TPROXY", "QUEUE", "NFQUEUE");

  private static final Pattern TARGET = Pattern.compile("(?:^| )-([jg]) ([^ ]+)");

  /** What every packet that programs deal with has, and remarks. */
  private static final Pattern NO_CONDITION =
      Pattern.compile("(?:-p tcp |-m tcp |-m comment --comment (?:\"[^\"]*\"|[^ ]+) )*");

  /** More than anybody nests chains; stops where chains call each other in a circle. */
  private static final int DEEPEST = 16;

  private final SavedTable table;

  private Obstacles(SavedTable table) {
    this.table = table;
  }

  /** How much of the traffic a rule keeps from those after it. */
  private enum Share {
    NOTHING,
    PART,
    ALL
  }

  static List<Obstacle> in(Family family, SavedTable table, TableState ours) {
    Obstacles search = new Obstacles(table);
    List<Obstacle> found = new ArrayList<>();
    table
        .chains()
        .forEach(
            (name, chain) -> {
              int jump =
                  ours.jumps().stream()
                      .filter(j -> j.builtInChain().equals(name))
                      .mapToInt(TableState.Jump::position)
                      .max()
                      .orElse(0);
              String where = family.label() + " " + table.name() + ": -A " + name + " ";
              for (int i = 0; i < jump - 1; i++) {
                String rule = chain.rules().get(i);
                Share share =
                    Ownership.OURS.ownsRule(rule) ? Share.NOTHING : search.taken(rule, true, 0);
                if (share != Share.NOTHING) {
                  found.add(new Obstacle(where + rule, share == Share.ALL));
                }
              }
            });
    return found;
  }

  /**
   * What {@code rule} takes.
   *
   * @param builtIn whether it stands in a built-in chain, which a RETURN ends for good
   */
  private Share taken(String rule, boolean builtIn, int depth) {
    Matcher target = TARGET.matcher(rule);
    if (!target.find() || depth > DEEPEST) {
      return Share.NOTHING;
    }
    String conditions = target.start() == 0 ? "" : rule.substring(0, target.start() + 1);
    Share share = Share.PART;
    if (NO_CONDITION.matcher(conditions).matches()) {
      share = Share.ALL;
    }
    String name = target.group(2);
    if (ENDS.contains(name) || (builtIn && name.equals("RETURN"))) {
      return share;
    }
    SavedChain called = table.chains().get(name);
    Share inside = called == null ? Share.NOTHING : taken(called, depth + 1);
    return smaller(inside, share);
  }

  private Share taken(SavedChain chain, int depth) {
    Share most = Share.NOTHING;
    Share possible = Share.ALL;
    for (String rule : chain.rules()) {
      Share share = smaller(taken(rule, false, depth), possible);
      if (share.compareTo(most) > 0) {
        most = share;
      }
      if (rule.contains("-j RETURN")) {
        // Some packets are back before they come to a later rule that takes all.
        possible = Share.PART;
      }
    }
    return most;
  }

  private static Share smaller(Share one, Share other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
