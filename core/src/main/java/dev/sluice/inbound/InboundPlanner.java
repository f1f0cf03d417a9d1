// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inbound;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.intercept.Interception;
import dev.sluice.intercept.MeshAddresses;
import dev.sluice.net.AddressText;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.InterceptionMode;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Decides what becomes of an inbound connection. Pure. */
public final class InboundPlanner {
  private InboundPlanner() {}

  /** The plan; every fact that it rests on is an argument. */
  public static InboundPlan plan(InboundFacts facts) {
    if (!facts.withinLimit()) {
      return refused(FailureKind.CONNECTION_LIMIT, "");
    }
    return switch (facts.interception()) {
      case Interception.Unknown unknown ->
          refused(FailureKind.NO_ORIGINAL_DESTINATION, unknown.detail());
      case Interception.Loop loop -> refused(FailureKind.LOOP, loop.detail());
      case Interception.Found found ->
          new InboundPlan.Passthrough(attempts(facts, found.originalDestination().socketAddress()));
    };
  }

  private static List<UpstreamAttempt> attempts(InboundFacts facts, InetSocketAddress destination) {
    if (facts.mode() == InterceptionMode.REDIRECT) {
      return List.of(fromPassthroughSource(facts, destination, ""));
    }
    UpstreamSource client = new UpstreamSource.ClientItself(facts.client());
    if (!facts.place().destinationIsLocal()) {
      return List.of(new UpstreamAttempt(new EndpointAddress(destination), client, ""));
    }
    InetAddress loopback = MeshAddresses.loopback(destination.getAddress());
    if (!facts.place().loopbackReturns()) {
      String why =
          "the client's address could not be kept: answers from "
              + AddressText.of(loopback)
              + " to it don't come back to the proxy (is the policy rule for loopback missing?)";
      return List.of(fromPassthroughSource(facts, destination, why));
    }
    // Dialling the pod's own address would give the proxy's and the application's sockets one
    // four-tuple: no byte would flow.
    InetSocketAddress application = new InetSocketAddress(loopback, destination.getPort());
    return List.of(
        new UpstreamAttempt(new EndpointAddress(application), client, ""),
        fromPassthroughSource(facts, destination, "the client's address could not be kept"));
  }

  private static UpstreamAttempt fromPassthroughSource(
      InboundFacts facts, InetSocketAddress destination, String why) {
    InetAddress source = MeshAddresses.passthroughSource(destination.getAddress());
    if (facts.place().passthroughSourceExists()) {
      return new UpstreamAttempt(
          new EndpointAddress(destination), new UpstreamSource.Passthrough(source), why);
    }
    String absent =
        AddressText.of(source) + " is not on lo: the application sees the pod's own address";
    return new UpstreamAttempt(
        new EndpointAddress(destination),
        new UpstreamSource.ChosenByKernel(),
        why.isEmpty() ? absent : why + "; " + absent);
  }

  private static InboundPlan refused(FailureKind kind, String detail) {
    return new InboundPlan.Refused(new Outcome.Failed(kind, detail));
  }
}
