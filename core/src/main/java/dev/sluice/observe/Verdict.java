// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import java.util.Locale;
import java.util.Optional;

/** What became of a connection. */
public enum Verdict {
  /** It came about. */
  FORWARDED,
  /** A policy, or a program at connect(2), refused it. */
  DENIED,
  /** Nobody answered, or it could not be made. */
  FAILED;

  /** By its name, or by what users of Hubble call it; empty if there is none. */
  public static Optional<Verdict> ofWord(String word) {
    return switch (word.toUpperCase(Locale.ROOT)) {
      case "FORWARDED" -> Optional.of(FORWARDED);
      case "DENIED", "DROPPED" -> Optional.of(DENIED);
      case "FAILED", "ERROR" -> Optional.of(FAILED);
      default -> Optional.empty();
    };
  }
}
