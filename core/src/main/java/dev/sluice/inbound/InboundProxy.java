// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inbound;

import dev.sluice.intercept.Interception;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.intercept.LoopbackReturn;
import dev.sluice.intercept.MeshAddresses;
import dev.sluice.intercept.OriginalDestinations;
import dev.sluice.listener.AcceptedConnection;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.PathReason;
import dev.sluice.relay.Downstream;
import dev.sluice.relay.DownstreamFactory;
import dev.sluice.relay.Forwarding;
import java.net.InetAddress;

/** Serves the inbound listener: learns, has it decided, acts. Thread-safe. */
public final class InboundProxy implements AcceptedConnection.Handler {
  private final InterceptionMode mode;
  private final OriginalDestinations originalDestinations;
  private final Namespace namespace;
  private final DownstreamFactory downstreams;
  private final Forwarding forwarding;

  /** Who is asked about the network namespace. */
  public record Namespace(LocalAddresses addresses, LoopbackReturn loopbackReturn) {}

  /** For connections that arrive by {@code mode}. */
  public InboundProxy(
      InterceptionMode mode,
      OriginalDestinations originalDestinations,
      Namespace namespace,
      DownstreamFactory downstreams,
      Forwarding forwarding) {
    this.mode = mode;
    this.originalDestinations = originalDestinations;
    this.namespace = namespace;
    this.downstreams = downstreams;
    this.forwarding = forwarding;
  }

  @Override
  public void accepted(AcceptedConnection connection) {
    Interception interception =
        originalDestinations.find(
            connection.descriptor(), connection.family(), connection.client());
    InboundFacts facts =
        new InboundFacts(
            mode, connection.client(), interception, connection.withinLimit(), place(interception));
    Downstream downstream =
        downstreams.of(
            connection.descriptor(),
            connection.worker(),
            connection.client(),
            interception.originalDestination(),
            PathReason.INBOUND);
    switch (InboundPlanner.plan(facts)) {
      case InboundPlan.Passthrough passthrough ->
          forwarding.forward(downstream, passthrough.attempts());
      case InboundPlan.Refused refused -> forwarding.refuse(downstream, refused.why());
    }
  }

  private InboundFacts.Place place(Interception interception) {
    if (!(interception instanceof Interception.Found found)) {
      return new InboundFacts.Place(false, false, false);
    }
    InetAddress destination = found.originalDestination().socketAddress().getAddress();
    boolean transparent = mode == InterceptionMode.TPROXY;
    return new InboundFacts.Place(
        !transparent || namespace.addresses().contains(destination),
        transparent && namespace.loopbackReturn().works(destination),
        mode != InterceptionMode.SOCKET
            && mode != InterceptionMode.NODE
            && namespace.addresses().contains(MeshAddresses.passthroughSource(destination)));
  }
}
