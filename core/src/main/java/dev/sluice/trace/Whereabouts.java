// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.spec.AttachType;
import java.util.List;
import java.util.function.LongFunction;

/**
 * What numbers in an event stand for.
 *
 * @param places the network namespace with a cookie
 * @param programs those of others on a hook
 * @param clocks for the times of proxies
 */
record Whereabouts(LongFunction<Place> places, Programs programs, Clocks clocks) {
  /** Names of programs. */
  interface Programs {
    /** In the order in which they run for a cgroup; empty if that is gone. */
    List<String> of(long cgroup, AttachType hook);
  }
}
