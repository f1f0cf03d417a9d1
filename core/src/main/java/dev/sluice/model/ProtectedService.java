// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.List;

/**
 * A service with the policies that target it, each list in the order of their names: what one
 * decision needs, found by one look-up.
 *
 * @param service the service
 * @param denyPolicies the DENY policies that target it
 * @param allowPolicies the ALLOW policies that target it
 */
public record ProtectedService(
    Service service,
    List<AuthorizationPolicy> denyPolicies,
    List<AuthorizationPolicy> allowPolicies) {
  /** Copies both lists. */
  public ProtectedService {
    denyPolicies = List.copyOf(denyPolicies);
    allowPolicies = List.copyOf(allowPolicies);
  }
}
