// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Wall clock time for logs; durations are taken from {@link System#nanoTime()}. Thread-safe. */
public final class EpochClock {
  private EpochClock() {}

  /** Microseconds since the epoch. */
  public static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }
}
