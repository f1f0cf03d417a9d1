// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import dev.sluice.model.AuthorizationPolicy;
import java.util.OptionalInt;

/** What policies say of a connection whose client's address isn't known yet. */
sealed interface ConnectTimeDecision {
  /** Whoever connects may. */
  record Allowed() implements ConnectTimeDecision {}

  /**
   * Whoever connects may not.
   *
   * @param rule of a DENY policy; empty where no rule of any ALLOW policy matches
   */
  record Denied(AuthorizationPolicy policy, OptionalInt rule) implements ConnectTimeDecision {}

  /** The first rule that asks for the client's address, where the answer makes a difference. */
  record Depends(AuthorizationPolicy policy, int rule) implements ConnectTimeDecision {}
}
