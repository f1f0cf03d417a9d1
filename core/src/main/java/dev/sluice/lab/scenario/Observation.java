// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Conntrack;
import dev.sluice.lab.party.KernelTables;
import dev.sluice.lab.party.RuleCounters;
import dev.sluice.lab.topology.Party;
import java.util.List;
import java.util.Map;

/**
 * Everything that was said about one connection, by its client, its server, the proxies and the
 * kernel. Immutable.
 *
 * @param client what the client's socket saw
 * @param accepts what the server accepted while the connection was made
 * @param ends what the server saw of the ends of those
 * @param logs the access log of each intercepted party, this connection's lines
 * @param moved the packets that the rules of each intercepted party counted
 * @param tracked what conntrack of each intercepted party holds
 * @param tables how much the kernel holds for parties of whom that is asked
 */
record Observation(
    Map<String, String> client,
    List<Map<String, String>> accepts,
    List<Map<String, String>> ends,
    Map<Party, List<Map<String, String>>> logs,
    Map<Party, RuleCounters> moved,
    Map<Party, Conntrack.Seen> tracked,
    Map<Party, KernelTables> tables) {

  /** A field of the client's report; {@code -} if it has none. */
  String client(String key) {
    return client.getOrDefault(key, "-");
  }

  /** A field of the server's only accept. */
  String accepted(String key) {
    return only(accepts, key, "accepts");
  }

  /** A field of the server's only end. */
  String ended(String key) {
    return only(ends, key, "ends");
  }

  /** A field of the only line that a proxy logged for a direction. */
  String logged(Party party, String direction, String key) {
    List<Map<String, String>> lines =
        logs.getOrDefault(party, List.of()).stream()
            .filter(line -> direction.equals(line.get("direction")))
            .toList();
    return only(lines, key, "lines");
  }

  /** How many lines a proxy logged. */
  String lineCount(Party party) {
    return Integer.toString(logs.getOrDefault(party, List.of()).size());
  }

  /** What the rules that hold {@code text} counted. */
  String counted(Party party, String text) {
    RuleCounters rules = moved.getOrDefault(party, new RuleCounters(Map.of())).matching(text);
    if (rules.packets().isEmpty()) {
      return "no such rule";
    }
    long total = rules.total();
    return total + (total == 1 ? " packet" : " packets");
  }

  /** The port that conntrack replies from. */
  String replyPort(Party party) {
    return tracked.getOrDefault(party, Conntrack.Seen.NOTHING).replyPort();
  }

  /** Where conntrack says that the connection went. */
  String destination(Party party) {
    return tracked.getOrDefault(party, Conntrack.Seen.NOTHING).destination();
  }

  /** Where conntrack says that connections to the dialled port went; each once, sorted. */
  String destinations(Party party) {
    return orNone(tracked.getOrDefault(party, Conntrack.Seen.NOTHING).destinations());
  }

  /** What a proxy took for original destinations; each once, sorted. */
  String loggedDestinations(Party party) {
    return orNone(
        logs.getOrDefault(party, List.of()).stream()
            .map(line -> line.getOrDefault("original_destination", "-"))
            .distinct()
            .sorted()
            .toList());
  }

  /** How much the kernel of a party holds. */
  String tables(Party party) {
    KernelTables found = tables.get(party);
    return found == null ? "not asked" : found.text();
  }

  private static String orNone(List<String> found) {
    return found.isEmpty() ? "none" : String.join(" ", found);
  }

  private static String only(List<Map<String, String>> lines, String key, String noun) {
    return lines.size() == 1 ? lines.getFirst().getOrDefault(key, "-") : lines.size() + " " + noun;
  }
}
