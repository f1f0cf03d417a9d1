// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.topology.Family;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Something that the demo shows, in both families. Immutable.
 *
 * @param name as {@code --only} and the JSON have it
 * @param title one line for people
 * @param setup what it needs
 * @param path the way of a packet, for the drawing
 * @param trial the connections of a family; called before any traffic
 */
public record Scenario(
    String name, String title, Setup setup, List<Hop> path, Function<Family, Trial> trial) {
  /** Copies. */
  public Scenario {
    path = List.copyOf(path);
  }

  /** The programs of others that it needs: those that {@code --without} may name. */
  public Set<Sidecar> sidecars() {
    return setup.interceptions().stream()
        .map(Interception::sidecar)
        .filter(sidecar -> sidecar != Sidecar.SLUICE)
        .collect(Collectors.toUnmodifiableSet());
  }
}
