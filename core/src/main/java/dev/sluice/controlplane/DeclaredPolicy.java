// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.AuthorizationPolicy;
import dev.sluice.model.AuthorizationPolicy.Action;
import dev.sluice.model.ObjectName;
import dev.sluice.model.PolicyRule;
import java.util.List;

/** A policy as a file declares it, before it is checked against the services. */
record DeclaredPolicy(
    Place at,
    ObjectName name,
    Action action,
    List<Located<ObjectName>> targets,
    List<PolicyRule> rules) {
  AuthorizationPolicy toPolicy() {
    return new AuthorizationPolicy(
        name, action, targets.stream().map(Located::value).distinct().toList(), rules);
  }
}
