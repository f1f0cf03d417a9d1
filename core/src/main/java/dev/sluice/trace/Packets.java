// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.List;
import java.util.Set;

/**
 * What netfilter told. Immutable.
 *
 * @param traced inode numbers of the namespaces that were traced
 * @param seen in the kernel's order for each place
 */
record Packets(Set<Long> traced, List<SeenPacket> seen) {
  Packets {
    traced = Set.copyOf(traced);
    seen = List.copyOf(seen);
  }
}
