// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.intercept.Interception;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.policy.ServicePolicy;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;

/** Decides what becomes of an outbound connection. Pure. */
public final class OutboundPlanner {
  private OutboundPlanner() {}

  /** The plan; every fact that it rests on is an argument. */
  public static OutboundPlan plan(OutboundFacts facts, MeshSnapshot snapshot) {
    if (!facts.withinLimit()) {
      return refused(FailureKind.CONNECTION_LIMIT, "");
    }
    return switch (facts.interception()) {
      case Interception.Unknown unknown ->
          refused(FailureKind.NO_ORIGINAL_DESTINATION, unknown.detail());
      case Interception.Loop loop -> refused(FailureKind.LOOP, loop.detail());
      case Interception.Found found -> byPolicy(facts, found.originalDestination(), snapshot);
    };
  }

  private static OutboundPlan byPolicy(
      OutboundFacts facts, OriginalDestination destination, MeshSnapshot snapshot) {
    return switch (ServicePolicy.decide(destination, facts.client(), snapshot)) {
      case PolicyDecision.Allowed _ ->
          new OutboundPlan.Passthrough(
              new UpstreamAttempt(
                  new EndpointAddress(destination.socketAddress()),
                  new UpstreamSource.ChosenByKernel(),
                  ""));
      case PolicyDecision.Denied denied ->
          refused(FailureKind.POLICY_DENIED, denied.policy() + ": " + denied.reason());
    };
  }

  private static OutboundPlan refused(FailureKind kind, String detail) {
    return new OutboundPlan.Refused(new Outcome.Failed(kind, detail));
  }
}
