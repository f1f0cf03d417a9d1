// SPDX-License-Identifier: Apache-2.0
package dev.sluice.failure;

import java.util.Locale;

/** How one connection ended. Recorded once. */
public sealed interface Outcome {
  /** Both directions reached their end of stream. */
  record Closed() implements Outcome {
    /** The only value there is. */
    public static final Closed INSTANCE = new Closed();
  }

  /**
   * The connection was cut short.
   *
   * @param kind why
   * @param detail for a person: the value that was in the way and what was expected; empty when the
   *     kind says it all
   */
  record Failed(FailureKind kind, String detail) implements Outcome {}

  /** The stable word for the log and for metrics: {@code closed}, or the kind in small letters. */
  default String label() {
    return switch (this) {
      case Closed _ -> "closed";
      case Failed failed -> failed.kind().name().toLowerCase(Locale.ROOT);
    };
  }
}
