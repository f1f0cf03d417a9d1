// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The addresses that were seen along the first connection of a scenario. Immutable.
 *
 * @param client by the client's socket
 * @param proxies by each proxy on its upstream side, in the order of the path
 * @param server by the server's socket
 * @param originalDestinations what each proxy learned, in the order of the path
 * @param traced the path of one more connection like it
 */
public record Sightings(
    Leg client, List<Leg> proxies, Leg server, List<String> originalDestinations, Traced traced) {
  /** Nothing was seen. */
  public static final Sightings NONE =
      new Sightings(Leg.NONE, List.of(), Leg.NONE, List.of(), Traced.NOT_WANTED);

  /** Copies. */
  public Sightings {
    proxies = List.copyOf(proxies);
    originalDestinations = List.copyOf(originalDestinations);
  }

  /**
   * One TCP connection, as one of its ends saw it.
   *
   * @param from who dialled; empty if nobody did
   * @param to what was dialled; empty if nothing was
   */
  public record Leg(String from, String to) {
    /** No connection. */
    public static final Leg NONE = new Leg("", "");

    private static Leg of(Map<String, String> fields, String from, String to) {
      return new Leg(present(fields, from), present(fields, to));
    }

    private static String present(Map<String, String> fields, String key) {
      String value = fields.getOrDefault(key, "");
      return value.equals("-") ? "" : value;
    }
  }

  Sightings with(Traced path) {
    return new Sightings(client, proxies, server, originalDestinations, path);
  }

  static Sightings of(Observation observation) {
    List<Map<String, String>> lines = new ArrayList<>();
    observation
        .logs()
        .forEach(
            (party, ofParty) ->
                ofParty.stream()
                    // A connection leaves a pod before it comes back to it; the log has ends.
                    .sorted(
                        Comparator.comparing(
                            (Map<String, String> line) ->
                                !"outbound".equals(line.get("direction"))))
                    .forEach(lines::add));
    Map<String, String> accepted =
        observation.accepts().isEmpty() ? Map.of() : observation.accepts().getFirst();
    return new Sightings(
        // A connection that is reset at once has no peer; what was dialled is known all the same.
        Leg.of(
            observation.client(),
            "local",
            observation.client().containsKey("peer") ? "peer" : "dialled"),
        lines.stream().map(line -> Leg.of(line, "upstream_source", "upstream")).toList(),
        Leg.of(accepted, "peer", "local"),
        lines.stream().map(line -> line.getOrDefault("original_destination", "-")).toList(),
        Traced.NOT_WANTED);
  }
}
