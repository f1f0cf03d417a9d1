// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.List;

/**
 * An Istio AuthorizationPolicy for services, reduced to layer 4. A policy without rules matches no
 * connection; one rule without conditions matches every connection. See <a
 * href="https://istio.io/latest/docs/reference/config/security/authorization-policy/">Authorization
 * Policy</a>.
 *
 * @param name namespace and name
 * @param action what a match means
 * @param targets the services that it is about; never empty
 * @param rules the policy matches if any of them does
 */
public record AuthorizationPolicy(
    ObjectName name, Action action, List<ObjectName> targets, List<PolicyRule> rules) {

  /** What a match means. */
  public enum Action {
    /** Lets a match pass, and denies whatever no ALLOW policy of the service matches. */
    ALLOW,
    /** Denies a match, whatever else allows it. */
    DENY
  }

  /**
   * Copies both lists.
   *
   * @throws IllegalArgumentException if {@code targets} is empty
   */
  public AuthorizationPolicy {
    targets = List.copyOf(targets);
    rules = List.copyOf(rules);
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("policy " + name + " has no target; expected a service");
    }
  }
}
