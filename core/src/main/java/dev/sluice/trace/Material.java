// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.List;
import java.util.Map;

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
  Material {
    sockets = List.copyOf(sockets);
    rules = Map.copyOf(rules);
    gaps = List.copyOf(gaps);
  }
}
