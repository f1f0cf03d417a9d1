// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import dev.sluice.intercept.Interception;
import dev.sluice.intercept.OriginalDestinations;
import dev.sluice.listener.AcceptedConnection;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.Direction;
import dev.sluice.relay.Downstream;
import dev.sluice.relay.DownstreamFactory;
import dev.sluice.relay.Forwarding;
import dev.sluice.relay.OpenConnection;
import java.util.List;
import java.util.function.Supplier;

/** Serves the outbound listener: learns, has it decided, acts. Thread-safe. */
public final class OutboundProxy implements AcceptedConnection.Handler {
  private final OriginalDestinations originalDestinations;
  private final DownstreamFactory downstreams;
  private final Forwarding forwarding;
  private final Supplier<MeshSnapshot> snapshot;

  /** {@code snapshot} is asked once for each connection. */
  public OutboundProxy(
      OriginalDestinations originalDestinations,
      DownstreamFactory downstreams,
      Forwarding forwarding,
      Supplier<MeshSnapshot> snapshot) {
    this.originalDestinations = originalDestinations;
    this.downstreams = downstreams;
    this.forwarding = forwarding;
    this.snapshot = snapshot;
  }

  /** Ends {@code connection} if the snapshot of now denies it. On its event loop. */
  public void decideAgain(OpenConnection connection) {
    if (connection.origin().direction() == Direction.OUTBOUND) {
      OutboundPlanner.objection(connection.origin(), snapshot.get()).ifPresent(connection::end);
    }
  }

  @Override
  public void accepted(AcceptedConnection connection) {
    Interception interception =
        originalDestinations.find(
            connection.descriptor(), connection.family(), connection.client());
    OutboundFacts facts =
        new OutboundFacts(connection.client(), interception, connection.withinLimit());
    OutboundPlan plan = OutboundPlanner.plan(facts, snapshot.get());
    Downstream downstream =
        downstreams.of(
            connection.descriptor(),
            connection.worker(),
            connection.client(),
            interception.originalDestination(),
            plan.reason());
    switch (plan) {
      case OutboundPlan.Passthrough passthrough ->
          forwarding.forward(downstream, List.of(passthrough.attempt()));
      case OutboundPlan.Refused refused -> forwarding.refuse(downstream, refused.why());
    }
  }
}
