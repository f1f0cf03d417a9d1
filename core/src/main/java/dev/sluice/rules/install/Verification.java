// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.process.Command;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.ListedChain;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.routing.RoutingItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How what is in the kernel compares with a program: which rules, how many, and in which order;
 * policy rules, routes and addresses; whether rules of others come first. Immutable.
 *
 * @param difference what is wrong, like the output of diff -u; empty if nothing is
 * @param remarks rules of others that keep a part of the traffic away from ours, which may be meant
 */
public record Verification(List<String> difference, List<String> remarks) {
  /** Copies both lists. */
  public Verification {
    difference = List.copyOf(difference);
    remarks = List.copyOf(remarks);
  }

  /** Whether exactly the program is there. */
  public boolean succeeded() {
    return difference.isEmpty();
  }

  static Verification of(RuleProgram program, Backends backends, CommandRunner runner)
      throws RulesException {
    NetfilterBackend chosen = backends.chosen();
    Listing found = chosen.read();
    List<String> lines = new ArrayList<>(chains(chosen.listingOf(program), found.chains()));
    for (RoutingChange family : RoutingChange.read(program, runner)) {
      lines.addAll(routing(family));
    }
    lines.addAll(obstacles(found, true));
    List<String> difference = withHeading(chosen.name(), lines);
    for (NetfilterBackend other : backends.others()) {
      difference.addAll(withHeading(other.name(), chains(List.of(), other.read().chains())));
    }
    return new Verification(difference, obstacles(found, false));
  }

  private static List<String> withHeading(String backend, List<String> lines) {
    List<String> all = new ArrayList<>();
    if (!lines.isEmpty()) {
      all.add("--- wanted");
      all.add("+++ found by " + backend);
      all.addAll(lines);
    }
    return all;
  }

  private static List<String> chains(List<ListedChain> wanted, List<ListedChain> found) {
    Map<ListedChain, List<String>> before = byPlace(wanted);
    Map<ListedChain, List<String>> after = byPlace(found);
    return Stream.concat(before.keySet().stream(), after.keySet().stream())
        .sorted(ListedChain.ORDER)
        .distinct()
        .flatMap(
            place ->
                LineDiff.of(
                    "%s %s %s"
                        .formatted(place.family().label(), place.table().spelling(), place.name()),
                    before.getOrDefault(place, List.of()),
                    after.getOrDefault(place, List.of()))
                    .stream())
        .toList();
  }

  /** By the chain without its rules. */
  private static Map<ListedChain, List<String>> byPlace(List<ListedChain> chains) {
    return chains.stream()
        .collect(
            Collectors.toMap(
                c -> new ListedChain(c.family(), c.table(), c.name(), List.of()),
                // The chain itself too, so that an empty one differs from none.
                c -> Stream.concat(Stream.of("chain " + c.name()), c.rules().stream()).toList(),
                (one, _) -> one,
                () -> new TreeMap<>(ListedChain.ORDER)));
  }

  private static List<String> routing(RoutingChange change) {
    List<String> kept = texts(change.family(), change.kept());
    List<String> wanted = new ArrayList<>(kept);
    wanted.addAll(texts(change.family(), change.missing()));
    List<String> found = new ArrayList<>(kept);
    found.addAll(texts(change.family(), change.superfluous()));
    return LineDiff.of(change.family().label() + " routing", wanted, found);
  }

  private static List<String> texts(Family family, List<RoutingItem> items) {
    return items.stream()
        .map(item -> Command.of(item.adding(family).toArray(String[]::new)).commandLine())
        .toList();
  }

  private static List<String> obstacles(Listing found, boolean takesEverything) {
    String what =
        takesEverything
            ? "! comes before our rules and takes everything: "
            : "comes before our rules and takes what it matches: ";
    return found.before().stream()
        .filter(obstacle -> obstacle.takesEverything() == takesEverything)
        .map(obstacle -> what + obstacle.text())
        .toList();
  }
}
