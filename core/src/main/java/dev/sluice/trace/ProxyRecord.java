// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.net.AddressText;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * What a proxy claims of a connection: a line of its access log. Immutable.
 *
 * @param holder the proxy
 * @param file where it was read, such as {@code access log /var/log/sluice.log}
 * @param fields as they are named there
 * @param acceptedAtNanos its time, brought to CLOCK_MONOTONIC
 */
record ProxyRecord(Holder holder, String file, Map<String, String> fields, long acceptedAtNanos) {
  ProxyRecord {
    fields = Map.copyOf(fields);
  }

  /** True if it is about the connection that {@code peer} made. */
  boolean isFrom(InetSocketAddress peer) {
    return AddressText.of(peer).equals(field("source"));
  }

  /** The value, or {@code -}, as the log writes what is absent. */
  String field(String name) {
    return fields.getOrDefault(name, "-");
  }
}
