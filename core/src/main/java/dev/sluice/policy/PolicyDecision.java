// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

/** Whether a connection may be made. */
public sealed interface PolicyDecision {
  /** Nothing stands in the way. */
  record Allowed() implements PolicyDecision {
    /** The only value there is. */
    public static final Allowed INSTANCE = new Allowed();
  }

  /**
   * The connection must not be made.
   *
   * @param policy the policy that denies it, as {@code namespace/name}; where no rule of several
   *     ALLOW policies matches, the first by name
   * @param reason for a person: the values that were in the way
   */
  record Denied(String policy, String reason) implements PolicyDecision {}
}
