// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Wall clock time for logs; durations are taken from {@link System#nanoTime()}. Thread-safe. */
public final class EpochClock {
  private static final DateTimeFormatter MICROS = utc("SSSSSS");
  private static final DateTimeFormatter MILLIS = utc("SSS");

  private EpochClock() {}

  /** Microseconds since the epoch. */
  public static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** {@code 2026-11-22T09:40:11.123456Z}. */
  static String micros(long epochMicros) {
    return MICROS.format(instant(epochMicros));
  }

  /** {@code 2026-11-22T09:40:11.123Z}. */
  static String millis(long epochMicros) {
    return MILLIS.format(instant(epochMicros));
  }

  private static Instant instant(long epochMicros) {
    return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS);
  }

  private static DateTimeFormatter utc(String fraction) {
    return DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss." + fraction + "'Z'", Locale.ROOT)
        .withZone(ZoneOffset.UTC);
  }
}
