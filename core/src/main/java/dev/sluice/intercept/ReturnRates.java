// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import java.net.InetSocketAddress;

/**
 * A {@link ReturnRate} for each of some groups of destinations. A loop is about one destination,
 * and is found as fast as it would be alone, whatever else the proxy dials that never comes back:
 * what arrives for the workload, above all. Thread-safe.
 */
final class ReturnRates {
  /** A power of two; so few that they cost nothing, so many that hardly anything shares one. */
  private static final int GROUPS = 64;

  private final ReturnRate[] groups = new ReturnRate[GROUPS];

  ReturnRates() {
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = new ReturnRate();
    }
  }

  /** A connection to {@code destination} is being made. */
  void made(InetSocketAddress destination) {
    of(destination).made();
  }

  /** One came back; whether so many do that nothing else can be expected of the next. */
  boolean cameBack(InetSocketAddress destination) {
    return of(destination).cameBack();
  }

  private ReturnRate of(InetSocketAddress destination) {
    int hash = destination.hashCode();
    // Addresses of one network differ in their last bits, ports in theirs.
    return groups[(hash ^ hash >>> 16 ^ hash >>> 8) & (GROUPS - 1)];
  }
}
