// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules of the legacy variant of iptables in one namespace with their packet counters: tracing
 * doesn't know these rules. Reading makes no table that isn't there. Immutable.
 *
 * @param packets by rule, in the order of the listing
 */
record LegacyCounters(OpenedPlace place, Map<Rule, Long> packets) {
  private static final List<String> PROGRAMS =
      List.of("iptables-legacy-save", "ip6tables-legacy-save");
  private static final Pattern RULE = Pattern.compile("\\[(\\d+):\\d+] -A (\\S+) ?(.*)");

  /**
   * A rule.
   *
   * @param number counts from 1 in its chain: two rules can read alike
   */
  private record Rule(String family, String table, String chain, int number, String text) {}

  /** As they are now; empty where the programs are missing, or there are no such tables. */
  static LegacyCounters read(OpenedPlace place) throws CommandException {
    Map<Rule, Long> packets = new LinkedHashMap<>();
    for (String program : PROGRAMS) {
      if (Programs.find(program).isPresent()) {
        Command command = Command.of(program, "-c");
        CommandResult result = place.path().map(command::inNetworkNamespace).orElse(command).run();
        if (result.succeeded()) {
          String family = program.startsWith("ip6") ? "ip6" : "ip";
          parse(family, result.output(), packets);
        }
      }
    }
    return new LegacyCounters(place, packets);
  }

  private static void parse(String family, String listing, Map<Rule, Long> packets) {
    String table = "";
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (String line : listing.lines().toList()) {
      if (line.startsWith("*")) {
        table = line.substring(1);
        numbers.clear();
        continue;
      }
      Matcher rule = RULE.matcher(line);
      if (rule.matches()) {
        String chain = rule.group(2);
        int number = numbers.merge(chain, 1, Integer::sum);
        packets.put(
            new Rule(family, table, chain, number, rule.group(3)), Long.parseLong(rule.group(1)));
      }
    }
  }

  /** The rules that have matched since, as hops. */
  List<Hop> risenSince() throws CommandException {
    if (packets.isEmpty()) {
      return List.of();
    }
    Map<Rule, Long> now = read(place).packets();
    List<Hop> hops = new ArrayList<>();
    long read = System.nanoTime();
    now.forEach(
        (rule, count) -> {
          long risen = count - packets.getOrDefault(rule, count);
          if (risen > 0) {
            hops.add(
                new Hop(
                    Sighting.state("iptables-legacy-save -c before and after", read),
                    new What.Counted(
                        new What.Chain(place.place(), rule.family(), rule.table(), rule.chain()),
                        rule.number(),
                        rule.text(),
                        risen)));
          }
        });
    return hops;
  }
}
