// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import dev.sluice.model.AuthorizationPolicy;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.PolicyRule;
import dev.sluice.model.ProtectedService;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Decides by service IP, at the client's side, with Istio's order: a DENY policy that matches wins;
 * if the service has ALLOW policies, one of them must match; otherwise the connection passes.
 *
 * <ul>
 *   <li>An original destination that is no service IP passes: no policy here is about it.
 *   <li>A service IP with a port that the service doesn't have: DENY policies are evaluated as
 *       usual, and any ALLOW policy on the service denies the connection, whatever its rules say.
 *       An ALLOW rule is about the service's ports, and nothing behind another one is known.
 *   <li>A policy without rules matches nothing: with DENY it denies nothing, with ALLOW it denies
 *       everything.
 * </ul>
 */
public final class ServicePolicy {
  private ServicePolicy() {}

  /** Decides about one connection, before anything is sent upstream. Pure. */
  public static PolicyDecision decide(
      OriginalDestination destination, ClientAddress client, MeshSnapshot snapshot) {
    Optional<ProtectedService> found = snapshot.serviceAt(destination.socketAddress().getAddress());
    if (found.isEmpty()) {
      return PolicyDecision.Allowed.INSTANCE;
    }
    ProtectedService target = found.get();
    for (AuthorizationPolicy policy : target.denyPolicies()) {
      OptionalInt rule = matchingRule(policy, destination, client);
      if (rule.isPresent()) {
        return deniedByRule(policy, rule.getAsInt(), destination, client);
      }
    }
    return target.allowPolicies().isEmpty()
        ? PolicyDecision.Allowed.INSTANCE
        : decideByAllowPolicies(target, destination, client);
  }

  private static PolicyDecision decideByAllowPolicies(
      ProtectedService target, OriginalDestination destination, ClientAddress client) {
    if (target.service().tcpPort(destination.socketAddress().getPort()).isEmpty()) {
      return deniedByPort(target, destination);
    }
    for (AuthorizationPolicy policy : target.allowPolicies()) {
      if (matchingRule(policy, destination, client).isPresent()) {
        return PolicyDecision.Allowed.INSTANCE;
      }
    }
    return deniedForLackOfRule(target, destination, client);
  }

  private static OptionalInt matchingRule(
      AuthorizationPolicy policy, OriginalDestination destination, ClientAddress client) {
    List<PolicyRule> rules = policy.rules();
    for (int i = 0; i < rules.size(); i++) {
      if (RuleMatcher.matches(rules.get(i), destination, client)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  private static PolicyDecision deniedByRule(
      AuthorizationPolicy policy, int rule, OriginalDestination destination, ClientAddress client) {
    return new PolicyDecision.Denied(
        policy.name().toString(),
        "rules["
            + rule
            + "] of DENY policy "
            + policy.name()
            + " matches a connection from "
            + client
            + " to "
            + destination);
  }

  private static PolicyDecision deniedByPort(
      ProtectedService target, OriginalDestination destination) {
    return new PolicyDecision.Denied(
        firstOf(target),
        "service "
            + target.service().name()
            + " has no TCP port "
            + destination.socketAddress().getPort()
            + ", and a service with ALLOW policies is reached on its own ports only");
  }

  private static PolicyDecision deniedForLackOfRule(
      ProtectedService target, OriginalDestination destination, ClientAddress client) {
    int count = target.allowPolicies().size();
    return new PolicyDecision.Denied(
        firstOf(target),
        (count == 1
                ? "no rule of ALLOW policy " + firstOf(target)
                : "no rule of the "
                    + count
                    + " ALLOW policies of service "
                    + target.service().name())
            + " matches a connection from "
            + client
            + " to "
            + destination);
  }

  private static String firstOf(ProtectedService target) {
    return target.allowPolicies().getFirst().name().toString();
  }
}
