// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import java.util.Map;

/**
 * What one connection took, as its client measured it.
 *
 * @param connectNanos from the call of connect(2) to its return
 * @param roundTripNanos from sending 64 bytes to having them back
 */
public record LatencySample(long connectNanos, long roundTripNanos) {
  static LatencySample of(Map<String, String> line) {
    return new LatencySample(
        Long.parseLong(line.getOrDefault("connect_ns", "0")),
        Long.parseLong(line.getOrDefault("round_trip_ns", "0")));
  }
}
