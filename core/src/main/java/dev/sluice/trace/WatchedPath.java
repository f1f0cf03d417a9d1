// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.Errno;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.net.AddressText;
import dev.sluice.observe.ProxyLine;
import dev.sluice.observe.SocketEvent;
import dev.sluice.observe.Told;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The path of a connection that an application made, of what its socket and the proxies on its way
 * told. Pure. What nobody told becomes a hop that says so.
 */
final class WatchedPath {
  private static final String CONNECT = "program of this trace on connect(2)";
  private static final String SOCKET = "program of this trace on sockops";
  private static final String END = "program of this trace on sockops and sock_release";
  private static final What.Unknown NETFILTER =
      new What.Unknown(
          "netfilter and the routes of the connection",
          "--watch traces no packets; sluice trace --to does, those of a connection of its own");
  private static final What.Unknown SERVER =
      new What.Unknown(
          "what the server saw",
          "--watch doesn't look at sockets while they are open; sluice trace --to does");

  private final Whereabouts whereabouts;
  private final List<Hop> hops = new ArrayList<>();

  private WatchedPath(Whereabouts whereabouts) {
    this.whereabouts = whereabouts;
  }

  /**
   * Its hops, in the order of the path.
   *
   * @param client the socket of the application
   * @param steps the proxies
   */
  static List<Hop> of(SocketEvent client, List<Told.Step> steps, Whereabouts whereabouts) {
    WatchedPath path = new WatchedPath(whereabouts);
    path.socket(client);
    steps.forEach(path::step);
    if (client.phase() == SocketEvent.Phase.ESTABLISHED) {
      path.unknown(client, SERVER);
      path.ended(client);
    }
    return List.copyOf(path.hops);
  }

  /** For connections, or parts of their paths, that nobody can tell of any more. */
  static List<Hop> lost(String what, long count, long nanos) {
    return List.of(
        new Hop(new Sighting(Evidence.NOT_OBSERVED, "", nanos), new What.Lost(count, what)));
  }

  private void socket(SocketEvent event) {
    SocketEvent.Caller caller = event.caller();
    SocketEvent.Times times = event.times();
    add(
        CONNECT,
        times.dialled(),
        new What.AppDialled(
            whereabouts.places().apply(caller.netns()),
            new Holder(caller.pid(), caller.command()),
            event.protocolName(),
            event.ends().dialled()));
    if (event.phase() == SocketEvent.Phase.REFUSED) {
      add(CONNECT, times.decided(), new What.Outcome(Errno.describe(event.errno()), false));
      return;
    }
    if (event.isRewritten()) {
      add(CONNECT + ", before and after the others", times.decided(), hooked(event));
    }
    Optional<InetSocketAddress> local = event.ends().local();
    if (local.isPresent()) {
      add(SOCKET, times.left(), new What.SocketEnds(local.get(), event.ends().remote()));
    }
    unknown(event, NETFILTER);
    if (event.phase() == SocketEvent.Phase.ESTABLISHED) {
      boolean timed = times.established() != 0;
      add(
          timed ? SOCKET : END,
          timed ? times.established() : times.ended(),
          new What.Outcome("connected", true));
    } else {
      add(END, times.ended(), new What.Outcome(event.reason(), false));
    }
  }

  private What hooked(SocketEvent event) {
    AttachType hook =
        event.caller().v6() ? AttachType.CGROUP_INET6_CONNECT : AttachType.CGROUP_INET4_CONNECT;
    List<String> programs = whereabouts.programs().of(event.caller().cgroup(), hook);
    return new What.Hooked(
        hook.section(),
        programs.isEmpty() ? List.of("programs that can't be named any more") : programs,
        event.ends().dialled(),
        event.ends().remote(),
        Optional.empty());
  }

  private void step(Told.Step step) {
    ProxyLine.Passed claim = step.claim();
    Optional<Holder> holder =
        step.own().map(own -> new Holder(own.caller().pid(), own.caller().command()));
    Sighting told =
        Sighting.event(
            "claimed by the proxy at " + claim.socket(),
            whereabouts.clocks().nanos(claim.span().epochMillis() * 1_000));
    ProxyLine.Words words = claim.words();
    hops.add(
        new Hop(
            told,
            new What.Decided(
                holder,
                claim.entry().inbound() ? "inbound" : "outbound",
                claim
                    .entry()
                    .interception()
                    .map(mode -> mode.name().toLowerCase(Locale.ROOT))
                    .orElse("-"),
                AddressText.of(claim.client()),
                AddressText.of(claim.destination()),
                words.path(),
                words.reason(),
                words.outcome(),
                words.detail())));
    claim
        .upstream()
        .ifPresent(
            leg ->
                hops.add(
                    new Hop(
                        told,
                        new What.UpstreamDialled(
                            holder,
                            leg.source().map(AddressText::of).orElse("-"),
                            AddressText.of(leg.backend())))));
    step.own().ifPresent(this::socket);
  }

  private void ended(SocketEvent client) {
    SocketEvent.Times times = client.times();
    boolean counted = client.ends().local().isPresent(); // Of UDP and MPTCP it is not.
    SocketEvent.Figures figures = client.figures();
    add(
        END,
        times.ended(),
        new What.Ended(
            counted ? OptionalLong.of(figures.sent()) : OptionalLong.empty(),
            counted ? OptionalLong.of(figures.received()) : OptionalLong.empty(),
            figures.roundTripMicros() == 0
                ? OptionalLong.empty()
                : OptionalLong.of(figures.roundTripMicros())));
  }

  private void add(String source, long nanos, What what) {
    hops.add(new Hop(Sighting.event(source, nanos), what));
  }

  private void unknown(SocketEvent event, What.Unknown what) {
    hops.add(new Hop(new Sighting(Evidence.NOT_OBSERVED, "", event.times().ended()), what));
  }
}
