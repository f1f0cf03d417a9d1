// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.List;
import java.util.Set;

/**
 * What proxies told of their connections. Immutable.
 *
 * @param proxies those that look like ones that tell, whether they did or not
 * @param records what they told
 */
record Told(Set<Holder> proxies, List<ProxyRecord> records) {
  /** Nobody was asked. */
  static final Told NOTHING = new Told(Set.of(), List.of());

  Told {
    proxies = Set.copyOf(proxies);
    records = List.copyOf(records);
  }
}
