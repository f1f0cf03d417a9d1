// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.Locale;
import java.util.OptionalDouble;

/** Numbers as people read them. Pure. */
final class Figures {
  private Figures() {}

  /** With about three digits. */
  static String of(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /** The same, or a dash. */
  static String of(OptionalDouble value) {
    return value.isPresent() ? of(value.getAsDouble()) : "-";
  }
}
