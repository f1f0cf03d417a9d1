// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.util.Locale;

/** What a hop rests on. */
public enum Evidence {
  /** Something told of it when it happened. */
  EVENT,
  /** The kernel was asked, and had it so at that moment. */
  KERNEL_STATE,
  /** Nothing that could be asked knows; the hop says why. */
  NOT_OBSERVED;

  /** {@code event}, {@code kernel-state} or {@code not-observed}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
