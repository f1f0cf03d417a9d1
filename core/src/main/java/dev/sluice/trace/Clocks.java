// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.telemetry.EpochClock;

/**
 * The way from wall clock time to CLOCK_MONOTONIC, as it was at one moment. Immutable.
 *
 * @param epochMicros what the one said
 * @param nanos what the other said
 */
record Clocks(long epochMicros, long nanos) {
  static Clocks now() {
    return new Clocks(EpochClock.micros(), System.nanoTime());
  }

  /** By CLOCK_MONOTONIC. */
  long nanos(long micros) {
    return nanos + (micros - epochMicros) * 1_000;
  }
}
