// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.routing;

import dev.sluice.rules.routing.RoutingItem.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Policy rules, routes and addresses of lo in one family.
 *
 * @param ours what carries our number
 * @param foreign all the rest: never removed, but it may be just what we need
 */
public record RoutingState(Set<RoutingItem> ours, Set<RoutingItem> foreign) {
  /** Where the part of a route ends that says what it does. */
  private static final Set<String> ROUTE_ATTRIBUTES =
      Set.of("proto", "scope", "metric", "pref", "src", "mtu", "expires");

  /** From the output of the three commands of {@link RoutingBackend}. */
  static RoutingState parse(String rules, String routes, String addresses) {
    RoutingState state = new RoutingState(new LinkedHashSet<>(), new LinkedHashSet<>());
    rules.lines().forEach(state::rule);
    routes.lines().forEach(state::route);
    addresses.lines().forEach(state::address);
    return state;
  }

  private void rule(String line) {
    List<String> words = words(line.replaceFirst(":", " "));
    int proto = words.indexOf("proto");
    boolean tagged = proto >= 0 && isOurs(words, proto, RoutingItem.PROTOCOL);
    List<String> selector = proto >= 0 ? words.subList(0, proto) : words;
    add(tagged, new RoutingItem(Kind.RULE, String.join(" ", selector)));
  }

  private void route(String line) {
    List<String> words = words(line);
    int proto = words.indexOf("proto");
    int end = 0;
    while (end < words.size() && !ROUTE_ATTRIBUTES.contains(words.get(end))) {
      end++;
    }
    boolean tagged = proto >= 0 && isOurs(words, proto, RoutingItem.PROTOCOL);
    add(tagged, new RoutingItem(Kind.ROUTE, String.join(" ", words.subList(0, end))));
  }

  private void address(String line) {
    List<String> words = words(line);
    int family = Math.max(words.indexOf("inet"), words.indexOf("inet6"));
    if (family < 0 || family + 1 >= words.size()) {
      return;
    }
    int metric = words.indexOf("metric");
    boolean tagged = metric >= 0 && isOurs(words, metric, RoutingItem.ADDRESS_METRIC);
    add(tagged, new RoutingItem(Kind.ADDRESS, words.get(family + 1)));
  }

  private void add(boolean tagged, RoutingItem item) {
    if (tagged) {
      ours.add(item);
    } else {
      foreign.add(item);
    }
  }

  private static boolean isOurs(List<String> words, int key, int number) {
    return key + 1 < words.size() && words.get(key + 1).equals(Integer.toString(number));
  }

  private static List<String> words(String line) {
    return new ArrayList<>(Arrays.asList(line.strip().split("\\s+")));
  }
}
