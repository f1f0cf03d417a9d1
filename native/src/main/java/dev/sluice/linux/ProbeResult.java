// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

/**
 * What asking the kernel for a feature came to. A probe does the thing; it never compares version
 * numbers, because distributions backport. Only {@link Supported} and {@link Unsupported} may be
 * remembered. Immutable.
 */
public sealed interface ProbeResult {
  /** It worked. */
  record Supported() implements ProbeResult {}

  /**
   * The kernel said that it doesn't have it.
   *
   * @param reason for the operator: what was asked and what came back
   */
  record Unsupported(String reason) implements ProbeResult {}

  /**
   * Something else stood in the way, a missing capability for example: nothing is known.
   *
   * @param reason for the operator: what was asked and what came back
   */
  record Inconclusive(String reason) implements ProbeResult {}
}
