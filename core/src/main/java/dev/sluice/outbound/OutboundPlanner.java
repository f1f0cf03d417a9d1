// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.intercept.Interception;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPathPlanner;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.policy.ServicePolicy;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;

/** Decides what becomes of an outbound connection. Pure. */
public final class OutboundPlanner {
  private OutboundPlanner() {}

  /** The plan; every fact that it rests on is an argument. */
  public static OutboundPlan plan(OutboundFacts facts, MeshSnapshot snapshot) {
    PathReason reason =
        DataPathPlanner.reasonOf(facts.interception().originalDestination(), snapshot);
    if (!facts.withinLimit()) {
      return refused(FailureKind.CONNECTION_LIMIT, "", reason);
    }
    return switch (facts.interception()) {
      case Interception.Unknown unknown ->
          refused(FailureKind.NO_ORIGINAL_DESTINATION, unknown.detail(), reason);
      case Interception.Loop loop -> refused(FailureKind.LOOP, loop.detail(), reason);
      case Interception.Found found ->
          byPolicy(facts, found.originalDestination(), snapshot, reason);
    };
  }

  private static OutboundPlan byPolicy(
      OutboundFacts facts,
      OriginalDestination destination,
      MeshSnapshot snapshot,
      PathReason reason) {
    return switch (ServicePolicy.decide(destination, facts.client(), snapshot)) {
      case PolicyDecision.Allowed _ ->
          new OutboundPlan.Passthrough(
              new UpstreamAttempt(
                  new EndpointAddress(destination.socketAddress()),
                  new UpstreamSource.ChosenByKernel(),
                  ""),
              reason);
      case PolicyDecision.Denied denied ->
          refused(FailureKind.POLICY_DENIED, denied.policy() + ": " + denied.reason(), reason);
    };
  }

  private static OutboundPlan refused(FailureKind kind, String detail, PathReason reason) {
    return new OutboundPlan.Refused(new Outcome.Failed(kind, detail), reason);
  }
}
