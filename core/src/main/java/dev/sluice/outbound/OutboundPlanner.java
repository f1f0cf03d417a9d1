// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.intercept.Interception;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPathPlanner;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.policy.ServicePolicy;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.util.Optional;

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

  /**
   * Why a connection that was let through must not go on under {@code snapshot}; empty if it may.
   */
  public static Optional<Outcome.Failed> objection(ConnectionOrigin open, MeshSnapshot snapshot) {
    OriginalDestination destination = open.originalDestination();
    return destination == null ? Optional.empty() : denial(open.client(), destination, snapshot);
  }

  private static OutboundPlan byPolicy(
      OutboundFacts facts,
      OriginalDestination destination,
      MeshSnapshot snapshot,
      PathReason reason) {
    Optional<Outcome.Failed> denial = denial(facts.client(), destination, snapshot);
    if (denial.isPresent()) {
      return new OutboundPlan.Refused(denial.get(), reason);
    }
    return new OutboundPlan.Passthrough(
        new UpstreamAttempt(
            new EndpointAddress(destination.socketAddress()),
            new UpstreamSource.ChosenByKernel(),
            ""),
        reason);
  }

  private static Optional<Outcome.Failed> denial(
      ClientAddress client, OriginalDestination destination, MeshSnapshot snapshot) {
    return switch (ServicePolicy.decide(destination, client, snapshot)) {
      case PolicyDecision.Allowed _ -> Optional.empty();
      case PolicyDecision.Denied denied ->
          Optional.of(
              new Outcome.Failed(
                  FailureKind.POLICY_DENIED, denied.policy() + ": " + denied.reason()));
    };
  }

  private static OutboundPlan refused(FailureKind kind, String detail, PathReason reason) {
    return new OutboundPlan.Refused(new Outcome.Failed(kind, detail), reason);
  }
}
