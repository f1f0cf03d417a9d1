// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that was collected about one connection. Immutable.
 *
 * @param dial the client's side
 * @param observed by programs and counters
 * @param packets of the traced namespaces
 * @param sockets of every place that could be looked into, while the connection was open
 * @param told by the proxies that were found
 * @param rules the texts of rules
 * @param gaps what could not be asked, in words
 */
record Material(
    Dial dial,
    Observed observed,
    Packets packets,
    List<SeenSocket> sockets,
    Told told,
    Map<RuleKey, String> rules,
    List<What.Unknown> gaps) {
  /** Of what netfilter told, and of nothing else. */
  static Material of(Dial dial, Packets packets) {
    Observed nothing = new Observed(Optional.empty(), List.of(), List.of(), List.of(), List.of());
    return new Material(dial, nothing, packets, List.of(), Told.NOTHING, Map.of(), List.of());
  }

  Material {
    sockets = List.copyOf(sockets);
    rules = Map.copyOf(rules);
    gaps = List.copyOf(gaps);
  }
}
