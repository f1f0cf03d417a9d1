// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What programs of ours saw, and what the kernel counted. Immutable.
 *
 * @param cgroup of the client's socket; empty if there are none here
 * @param hooks programs of others on connect, with the address before and after
 * @param shown programs of others on getsockname and getpeername of the client, likewise
 * @param routes lookups in routing tables that the client's thread caused
 * @param counted what has no place among the rest: it ran or matched meanwhile
 */
record Observed(
    Optional<Path> cgroup,
    List<Hop> hooks,
    List<Hop> shown,
    List<SeenRoute> routes,
    List<Hop> counted) {
  Observed {
    shown = List.copyOf(shown);
    hooks = List.copyOf(hooks);
    routes = List.copyOf(routes);
    counted = List.copyOf(counted);
  }
}
