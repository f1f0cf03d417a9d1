// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.rules.Family;
import dev.sluice.rules.Table;
import dev.sluice.rules.explain.Explanation;
import dev.sluice.rules.explain.Step;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How many packets each rule of nat took, as the kernel counted. Only the first packet of a
 * connection is asked there, so that one connection raises exactly the rules that decided on it.
 *
 * @param packets by chain and place in it, {@code SLUICE_OUTPUT 3}
 */
record NatCounters(Map<String, Long> packets) {
  private static final Pattern SAVED = Pattern.compile("\\[(\\d+):\\d+] -A (\\S+) .*");
  private static final Pattern CHAIN = Pattern.compile("\\s*chain (\\S+) \\{");
  private static final Pattern COUNTED = Pattern.compile(".*\\bcounter packets (\\d+) .*");

  static NatCounters read(Namespace pod, Backend backend, Family family) throws CommandException {
    String six = family == Family.IPV6 ? "6" : "";
    return switch (backend) {
      case IPTABLES_NFT -> saved(pod.run(Command.of("ip" + six + "tables-nft-save", "-c")));
      case IPTABLES_LEGACY -> saved(pod.run(Command.of("ip" + six + "tables-legacy-save", "-c")));
      case NFTABLES -> listed(pod.run(Command.of("nft", "list", "ruleset", "ip" + six)));
    };
  }

  private static NatCounters saved(String text) {
    NatCounters counters = new NatCounters(new HashMap<>());
    Map<String, Integer> places = new HashMap<>();
    String table = "";
    for (String line : text.lines().toList()) {
      Matcher rule = SAVED.matcher(line);
      if (line.startsWith("*")) {
        table = line;
      } else if (table.equals("*nat") && rule.matches()) {
        counters.add(rule.group(2), places, rule.group(1));
      }
    }
    return counters;
  }

  private static NatCounters listed(String text) {
    NatCounters counters = new NatCounters(new HashMap<>());
    Map<String, Integer> places = new HashMap<>();
    boolean nat = false;
    String chain = "";
    for (String line : text.lines().toList()) {
      Matcher opened = CHAIN.matcher(line);
      Matcher counted = COUNTED.matcher(line);
      if (line.startsWith("table ")) {
        nat = line.contains(" sluice_nat ");
      } else if (opened.matches()) {
        chain = opened.group(1);
      } else if (nat && counted.matches()) {
        counters.add(chain, places, counted.group(1));
      }
    }
    return counters;
  }

  private void add(String chain, Map<String, Integer> places, String count) {
    packets.put(key(chain, places.merge(chain, 1, Integer::sum)), Long.parseLong(count));
  }

  private static String key(String chain, int place) {
    return chain.toUpperCase(Locale.ROOT) + " " + place;
  }

  /** The rules that took a packet since. */
  Set<String> risenSince(NatCounters before) {
    return packets.entrySet().stream()
        .filter(each -> each.getValue() > before.packets.getOrDefault(each.getKey(), 0L))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The rules of nat that apply by {@code explanation}. */
  static Set<String> explained(Explanation explanation) {
    return Stream.concat(explanation.steps().stream(), explanation.answer().stream())
        .filter(Step.Asked.class::isInstance)
        .map(Step.Asked.class::cast)
        .filter(asked -> asked.table() == Table.NAT && asked.applies())
        .map(asked -> key(asked.chain(), asked.number()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
