// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Probe;
import dev.sluice.lab.topology.Party;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One connection and what must be seen of it. Immutable.
 *
 * @param probe the connection
 * @param server the party whose Python server is asked
 * @param accepts how many connections that server has to accept; it is given time for as many
 * @param logLines how many lines each proxy has to log; it is given time for as many
 * @param tables whose kernel is asked how much it holds
 * @param expectations what must be seen
 */
record Step(
    Probe probe,
    Party server,
    int accepts,
    Map<Party, Integer> logLines,
    Set<Party> tables,
    List<Expectation> expectations) {
  Step {
    logLines = Map.copyOf(logLines);
    tables = Set.copyOf(tables);
    expectations = List.copyOf(expectations);
  }
}
