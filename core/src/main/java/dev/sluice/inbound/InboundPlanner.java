// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inbound;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.intercept.Interception;
import dev.sluice.intercept.MeshAddresses;
import dev.sluice.net.AddressText;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.EndpointAddress;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import dev.sluice.upstream.UpstreamSource.ClientHost.Ports;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
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
    return switch (facts.mode()) {
      case REDIRECT -> fromPassthroughSource(facts, destination, "");
      case TPROXY -> transparently(facts, destination);
      case SOCKET -> List.of(announcing(facts.client(), destination));
      case NODE -> fromClientHost(facts.client(), destination);
    };
  }

  /**
   * The client's port can't be kept: conntrack knows the connection with it already, as the one
   * that was redirected.
   */
  private static List<UpstreamAttempt> fromClientHost(
      ClientAddress client, InetSocketAddress destination) {
    EndpointAddress application = new EndpointAddress(destination);
    InetAddress host = client.socketAddress().getAddress();
    return List.of(
        new UpstreamAttempt(application, new UpstreamSource.ClientHost(host, Ports.APART), ""),
        new UpstreamAttempt(application, new UpstreamSource.ClientHost(host, Ports.ANY), ""),
        new UpstreamAttempt(
            application,
            new UpstreamSource.ChosenByKernel(),
            "the client's address could not be kept"));
  }

  private static UpstreamAttempt announcing(ClientAddress client, InetSocketAddress destination) {
    InetAddress source = MeshAddresses.announcedSource(destination.getAddress());
    return new UpstreamAttempt(
        new EndpointAddress(destination), new UpstreamSource.Announced(source, client), "");
  }

  private static List<UpstreamAttempt> transparently(
      InboundFacts facts, InetSocketAddress destination) {
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
      return fromPassthroughSource(facts, destination, why);
    }
    // Dialling the pod's own address would give the proxy's and the application's sockets one
    // four-tuple: no byte would flow.
    InetSocketAddress application = new InetSocketAddress(loopback, destination.getPort());
    List<UpstreamAttempt> attempts = new ArrayList<>();
    attempts.add(new UpstreamAttempt(new EndpointAddress(application), client, ""));
    attempts.addAll(
        fromPassthroughSource(facts, destination, "the client's address could not be kept"));
    return attempts;
  }

  private static List<UpstreamAttempt> fromPassthroughSource(
      InboundFacts facts, InetSocketAddress destination, String why) {
    InetAddress pod = destination.getAddress();
    InetAddress source = MeshAddresses.passthroughSource(pod);
    EndpointAddress endpoint = new EndpointAddress(destination);
    if (facts.place().passthroughSourceExists()) {
      return List.of(new UpstreamAttempt(endpoint, new UpstreamSource.Passthrough(source), why));
    }
    String absent =
        AddressText.of(source) + " is not on lo: the application sees the pod's own address";
    // The rules take what the proxy dials at the pod's address for a self-call and lead it back,
    // unless it comes from the missing address; loopback they leave alone.
    InetSocketAddress application =
        new InetSocketAddress(MeshAddresses.loopback(pod), destination.getPort());
    return List.of(
        new UpstreamAttempt(
            new EndpointAddress(application),
            new UpstreamSource.Passthrough(pod),
            why.isEmpty() ? absent : why + "; " + absent),
        new UpstreamAttempt(endpoint, new UpstreamSource.ChosenByKernel(), ""));
  }

  private static InboundPlan refused(FailureKind kind, String detail) {
    return new InboundPlan.Refused(new Outcome.Failed(kind, detail));
  }
}
