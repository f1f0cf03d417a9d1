// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import dev.sluice.model.AuthorizationPolicy;
import dev.sluice.model.ProtectedService;
import dev.sluice.net.OriginalDestination;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@link ServicePolicy} with what is known while a client calls connect(2): the service IP and the
 * port. The client's address is chosen by routing afterwards; of it only the family is known, that
 * of the service IP. Where the answer doesn't depend on more, it is {@code ServicePolicy}'s for
 * every client. Pure.
 */
final class ConnectTimePolicy {
  private ConnectTimePolicy() {}

  /** A rule, and how sure it is that it matches. */
  private record Match(AuthorizationPolicy policy, int rule, Certainty certainty) {}

  /** {@code destination} is a service IP of {@code target}, with any port. */
  static ConnectTimeDecision decide(ProtectedService target, OriginalDestination destination) {
    Optional<Match> deny = surest(target.denyPolicies(), destination);
    if (deny.isPresent() && deny.get().certainty() == Certainty.YES) {
      return new ConnectTimeDecision.Denied(deny.get().policy(), OptionalInt.of(deny.get().rule()));
    }
    Optional<Match> allow = Optional.empty();
    if (!target.allowPolicies().isEmpty()) {
      boolean ownPort = target.service().tcpPort(destination.socketAddress().getPort()).isPresent();
      allow = ownPort ? surest(target.allowPolicies(), destination) : Optional.empty();
      if (allow.isEmpty()) {
        return new ConnectTimeDecision.Denied(
            target.allowPolicies().getFirst(), OptionalInt.empty());
      }
    }
    if (deny.isPresent()) {
      return new ConnectTimeDecision.Depends(deny.get().policy(), deny.get().rule());
    }
    return allow.isPresent() && allow.get().certainty() == Certainty.DEPENDS
        ? new ConnectTimeDecision.Depends(allow.get().policy(), allow.get().rule())
        : new ConnectTimeDecision.Allowed();
  }

  /** The first rule that surely matches, or else the first that may; empty if none can. */
  private static Optional<Match> surest(
      List<AuthorizationPolicy> policies, OriginalDestination destination) {
    Optional<Match> found = Optional.empty();
    for (AuthorizationPolicy policy : policies) {
      for (int i = 0; i < policy.rules().size(); i++) {
        Certainty certainty = ConnectTimeMatcher.matches(policy.rules().get(i), destination);
        if (certainty == Certainty.YES) {
          return Optional.of(new Match(policy, i, certainty));
        }
        if (certainty == Certainty.DEPENDS && found.isEmpty()) {
          found = Optional.of(new Match(policy, i, certainty));
        }
      }
    }
    return found;
  }
}
