// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.linux.Errno;
import dev.sluice.net.InterceptionMode;
import dev.sluice.observe.FlowRecord.Figures;
import dev.sluice.observe.FlowRecord.Path;
import dev.sluice.observe.ProxyLine.Passed;
import dev.sluice.observe.SocketEvent.Phase;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a record says, given all that is known of one connection. Pure. Immutable.
 *
 * @param services names of what is dialled
 * @param epochLeadMicros what to add to CLOCK_MONOTONIC to have the time since the epoch
 */
record FlowShape(ServiceNames services, long epochLeadMicros) {
  private static final String CLOSED = "closed";

  /** Of all that was told. */
  FlowRecord of(Told told) {
    List<Passed> proxies = told.claims();
    return told.socket().map(event -> of(event, proxies)).orElseGet(() -> of(proxies));
  }

  /** Of a client's socket, and the proxies that its connection went through, in order. */
  private FlowRecord of(SocketEvent event, List<Passed> proxies) {
    String protocol = event.protocolName();
    boolean rewritten = event.isRewritten();
    FlowMode mode =
        !proxies.isEmpty()
            ? FlowMode.PROXIED
            : rewritten || event.phase() == Phase.REFUSED ? FlowMode.SOCKET : FlowMode.DIRECT;
    InetSocketAddress dialled = event.ends().dialled();
    return new FlowRecord(
        event.times().dialled() / 1_000 + epochLeadMicros,
        protocol,
        new Path(
            event.ends().local(),
            dialled,
            services.of(dialled, protocol),
            proxies.isEmpty() ? remote(event) : backend(proxies),
            OptionalLong.of(event.caller().pid()),
            interceptions(proxies)),
        mode,
        proxies.isEmpty() ? verdict(event) : verdict(proxies),
        proxies.isEmpty() ? event.reason() : reason(proxies),
        figures(event));
  }

  /** Of a client whose socket is not seen here. */
  private FlowRecord of(List<Passed> proxies) {
    Passed first = proxies.getFirst();
    return new FlowRecord(
        first.span().epochMillis() * 1_000,
        "TCP",
        new Path(
            Optional.of(first.client()),
            first.destination(),
            services.of(first.destination(), "TCP"),
            backend(proxies),
            OptionalLong.empty(),
            interceptions(proxies)),
        FlowMode.PROXIED,
        verdict(proxies),
        reason(proxies),
        new Figures(
            OptionalLong.of(first.span().received()),
            OptionalLong.of(first.span().sent()),
            OptionalLong.empty(),
            first.span().micros()));
  }

  private static Optional<InetSocketAddress> remote(SocketEvent event) {
    return event.phase() == Phase.REFUSED ? Optional.empty() : Optional.of(event.ends().remote());
  }

  /** Where the client's proxy led it; a server's own proxy only passes on what came to it. */
  private static Optional<InetSocketAddress> backend(List<Passed> proxies) {
    Passed first = proxies.getFirst();
    return first.inbound()
        ? Optional.of(first.destination())
        : first.upstream().map(ProxyLine.Leg::backend);
  }

  private static List<InterceptionMode> interceptions(List<Passed> proxies) {
    return proxies.stream().flatMap(proxy -> proxy.entry().interception().stream()).toList();
  }

  private static Verdict verdict(SocketEvent event) {
    return switch (event.phase()) {
      case ESTABLISHED -> Verdict.FORWARDED;
      case LEFT -> Verdict.FAILED;
      // Of MPTCP it is all that is ever known; a UDP socket may have been disconnected later.
      case DIALLED -> event.protocol() == SocketEvent.TCP ? Verdict.FAILED : Verdict.FORWARDED;
      case REFUSED -> isRefusal(event.errno()) ? Verdict.DENIED : Verdict.FAILED;
    };
  }

  /** Other errors are of a service without a backend (EHOSTUNREACH) or of no memory. */
  private static boolean isRefusal(int errno) {
    return errno == Errno.EPERM.number()
        || errno == Errno.EACCES.number()
        || errno == Errno.ECONNREFUSED.number();
  }

  private static Verdict verdict(List<Passed> proxies) {
    if (proxies.stream().anyMatch(Passed::isDenied)) {
      return Verdict.DENIED;
    }
    return proxies.stream().allMatch(Passed::isForwarded) ? Verdict.FORWARDED : Verdict.FAILED;
  }

  /** Of the first proxy that did not just pass it on. */
  private static String reason(List<Passed> proxies) {
    for (Passed proxy : proxies) {
      String outcome = proxy.words().outcome();
      String detail = proxy.words().detail();
      if (!outcome.equals(CLOSED)) {
        return detail.isEmpty() ? outcome : outcome + ": " + detail;
      }
    }
    return "";
  }

  private static Figures figures(SocketEvent event) {
    long micros = Math.max(0, (event.times().ended() - event.times().dialled()) / 1_000);
    if (event.protocol() != SocketEvent.TCP) {
      return new Figures(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), micros);
    }
    long roundTrip = event.figures().roundTripMicros();
    return new Figures(
        OptionalLong.of(event.figures().sent()),
        OptionalLong.of(event.figures().received()),
        roundTrip == 0 ? OptionalLong.empty() : OptionalLong.of(roundTrip),
        micros);
  }
}
