// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.net.OriginalDestination;
import org.jspecify.annotations.Nullable;

/** What the kernel says about how an accepted connection came here. */
public sealed interface Interception {
  /** What the client dialled; absent when the kernel doesn't know. */
  @Nullable OriginalDestination originalDestination();

  /** It was on its way to somebody else. */
  record Found(OriginalDestination originalDestination) implements Interception {}

  /**
   * It was on its way to this proxy, or comes from it: serving it would connect us to ourselves.
   *
   * @param originalDestination what it dialled
   * @param detail which of the two, for the log
   */
  record Loop(OriginalDestination originalDestination, String detail) implements Interception {}

  /**
   * The kernel doesn't know.
   *
   * @param detail the call that failed and its errno
   */
  record Unknown(String detail) implements Interception {
    @Override
    public @Nullable OriginalDestination originalDestination() {
      return null;
    }
  }
}
