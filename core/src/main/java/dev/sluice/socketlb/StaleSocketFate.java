// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

/** What became of a socket whose backend no longer serves its service. Immutable. */
public sealed interface StaleSocketFate {
  /** Its owner gets ECONNABORTED, from the call that it waits in or from the next one. */
  record Ended() implements StaleSocketFate {}

  /** Closed, or connected elsewhere, since it was listed: nothing was to be done. */
  record AlreadyGone() implements StaleSocketFate {}

  /**
   * It lives on.
   *
   * @param why for the operator: no way into its namespace, or what the kernel said
   */
  record Survived(String why) implements StaleSocketFate {}
}
