// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.observe.SocketEvent;
import dev.sluice.observe.SocketEvent.Phase;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class WatchedPathTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final InetSocketAddress SERVICE = at("10.96.0.1", 80);
  private static final InetSocketAddress BACKEND = at("10.0.0.2", 8080);
  private static final InetSocketAddress CLIENT = at("10.0.0.1", 40_000);
  private static final Place PLACE = new Place("client", 7);
  private static final Holder CURL = new Holder(42, "curl");

  private List<String> programs = List.of("lb4 (program 3)", "cap4 (program 9)");

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }

  private List<Hop> hops(
      Phase phase, int protocol, int errno, Optional<InetSocketAddress> local, boolean v6) {
    SocketEvent event =
        new SocketEvent(
            phase,
            protocol,
            new SocketEvent.Caller(42, "curl", 5, 6, v6),
            errno,
            new SocketEvent.Ends(SERVICE, local, BACKEND),
            new SocketEvent.Times(10, 20, 30, phase == Phase.ESTABLISHED ? 40 : 0, 50),
            new SocketEvent.Figures(100, 55, 0));
    Whereabouts whereabouts =
        new Whereabouts(
            cookie -> cookie == 5 ? PLACE : new Place("?", 0),
            (cgroup, hook) ->
                cgroup == 6
                        && hook
                            == (v6
                                ? AttachType.CGROUP_INET6_CONNECT
                                : AttachType.CGROUP_INET4_CONNECT)
                    ? programs
                    : List.of(),
            new Clocks(0, 0));
    return WatchedPath.of(event, List.of(), whereabouts);
  }

  @Test
  void followsAConnectionInOrder() {
    List<Hop> hops = hops(Phase.ESTABLISHED, TCP, 0, Optional.of(CLIENT), false);

    assertThat(hops)
        .filteredOn(hop -> hop.sighting().evidence() == Evidence.EVENT)
        .extracting(Hop::what)
        .containsExactly(
            new What.AppDialled(PLACE, CURL, "TCP", SERVICE),
            new What.Hooked("cgroup/connect4", programs, SERVICE, BACKEND, Optional.empty()),
            new What.SocketEnds(CLIENT, BACKEND),
            new What.Outcome("connected", true),
            new What.Ended(OptionalLong.of(100), OptionalLong.of(55), OptionalLong.empty()));
    assertThat(hops)
        .filteredOn(hop -> hop.sighting().evidence() == Evidence.EVENT)
        .extracting(hop -> hop.sighting().nanos())
        .containsExactly(10L, 20L, 30L, 40L, 50L);
    assertThat(hops)
        .filteredOn(hop -> hop.sighting().evidence() == Evidence.NOT_OBSERVED)
        .extracting(hop -> ((What.Unknown) hop.what()).subject())
        .containsExactly("netfilter and the routes of the connection", "what the server saw");
  }

  /** Nothing happened behind the refusal, and what the programs left is no address of anything. */
  @Test
  void endsWhereAProgramRefused() {
    assertThat(hops(Phase.REFUSED, TCP, 1, Optional.empty(), false))
        .extracting(Hop::what)
        .containsExactly(
            new What.AppDialled(PLACE, CURL, "TCP", SERVICE), new What.Outcome("EPERM (1)", false));
  }

  @Test
  void saysWhatItDoesNotKnowOfUdpAndOfACgroupThatIsGone() {
    programs = List.of();

    assertThat(hops(Phase.ESTABLISHED, UDP, 0, Optional.empty(), true))
        .extracting(Hop::what)
        .contains(
            new What.AppDialled(PLACE, CURL, "UDP", SERVICE),
            new What.Hooked(
                "cgroup/connect6",
                List.of("programs that can't be named any more"),
                SERVICE,
                BACKEND,
                Optional.empty()),
            new What.Ended(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()))
        .noneMatch(What.SocketEnds.class::isInstance);
  }
}
