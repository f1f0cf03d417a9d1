// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

/** What became of one {@link LiveProbe}. */
sealed interface ProbeOutcome {
  /** It arrived where it should, and the kernel knows where it was going. */
  record Captured() implements ProbeOutcome {}

  /** It could not be sent: there is no way to the destination, or we may not be its client. */
  record NotSent(String why) implements ProbeOutcome {}

  /** It did not arrive, or arrived wrong. */
  record Missed(String seen) implements ProbeOutcome {}
}
