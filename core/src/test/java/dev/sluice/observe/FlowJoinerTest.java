// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.InterceptionMode;
import dev.sluice.observe.FlowJoiner.Scope;
import dev.sluice.observe.ProxyLine.Entry;
import dev.sluice.observe.ProxyLine.Leg;
import dev.sluice.observe.ProxyLine.Passed;
import dev.sluice.observe.ProxyLine.Span;
import dev.sluice.observe.ProxyLine.Words;
import dev.sluice.observe.SocketEvent.Caller;
import dev.sluice.observe.SocketEvent.Ends;
import dev.sluice.observe.SocketEvent.Figures;
import dev.sluice.observe.SocketEvent.Phase;
import dev.sluice.observe.SocketEvent.Times;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowJoinerTest {
  private static final InetSocketAddress CLIENT = at("10.0.0.1", 40_000);
  private static final InetSocketAddress SERVICE = at("10.96.0.1", 80);
  private static final InetSocketAddress BACKEND = at("10.0.0.2", 8080);
  private static final InetSocketAddress LEG = at("10.0.0.1", 50_000);
  private static final Path SOCKET = Path.of("/run/sluice/1/access_log.sock");
  private static final Caller CALLER = new Caller(7, "curl", 1, 2, false);
  private static final long WINDOW = FlowJoiner.WINDOW_NANOS;

  private final List<FlowRecord> records = new ArrayList<>();
  private final List<Told> told = new ArrayList<>();

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }

  private FlowJoiner joiner(Scope scope) {
    ServiceNames names = new ServiceNames(Map.of("10.96.0.1:80/TCP", "shop/reviews"));
    FlowShape shape = new FlowShape(names, 1_000_000);
    return new FlowJoiner(
        scope,
        each -> {
          told.add(each);
          records.add(shape.of(each));
        });
  }

  private static SocketEvent event(
      Phase phase, InetSocketAddress dialled, InetSocketAddress local, InetSocketAddress remote) {
    return new SocketEvent(
        phase,
        SocketEvent.TCP,
        CALLER,
        phase == Phase.REFUSED ? 111 : 0,
        new Ends(dialled, phase == Phase.REFUSED ? Optional.empty() : Optional.of(local), remote),
        new Times(5_000, 6_000, 7_000, 8_000, 9_000),
        new Figures(10, 20, 30));
  }

  private static SocketEvent made(InetSocketAddress local, InetSocketAddress remote) {
    return event(Phase.ESTABLISHED, remote, local, remote);
  }

  private static Passed line(
      InetSocketAddress client,
      InetSocketAddress destination,
      Optional<Leg> upstream,
      boolean inbound,
      String outcome) {
    Words words = new Words(outcome, "", "proxied", "no_service");
    return new Passed(
        SOCKET,
        client,
        destination,
        upstream,
        new Entry(inbound, Optional.of(InterceptionMode.REDIRECT)),
        words,
        new Span(3, 4, 100, 200));
  }

  private static Optional<Leg> leg(InetSocketAddress source, InetSocketAddress backend) {
    return Optional.of(new Leg(Optional.of(source), backend));
  }

  @Test
  void tellsAtOnceWhatNoProxyCanTellOf() {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);

    joiner.take(event(Phase.ESTABLISHED, SERVICE, CLIENT, BACKEND), 0, 0);

    FlowRecord flow = records.getFirst();
    assertThat(flow.mode()).isEqualTo(FlowMode.SOCKET);
    assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
    assertThat(flow.epochMicros()).isEqualTo(1_000_005);
    assertThat(flow.path().service()).contains("shop/reviews");
    assertThat(flow.path().backend()).contains(BACKEND);
    assertThat(flow.figures().sent()).hasValue(10);
    assertThat(flow.figures().micros()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void makesOneRecordOfClientProxyAndItsOwnConnection(boolean socketFirst) {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    Passed line = line(CLIENT, BACKEND, leg(LEG, BACKEND), false, "closed");

    if (socketFirst) {
      joiner.take(made(CLIENT, BACKEND), 0, WINDOW);
      joiner.take(made(LEG, BACKEND), 0, WINDOW);
      joiner.take(line, 1);
    } else {
      joiner.take(line, 0);
      joiner.take(made(LEG, BACKEND), 1, WINDOW);
      joiner.take(made(CLIENT, BACKEND), 1, WINDOW);
    }
    assertThat(records).isEmpty();
    joiner.expire(WINDOW + 1);

    assertThat(records).hasSize(1);
    assertThat(records.getFirst().mode()).isEqualTo(FlowMode.PROXIED);
    assertThat(records.getFirst().path().interceptions())
        .containsExactly(InterceptionMode.REDIRECT);
    assertThat(records.getFirst().path().source()).contains(CLIENT);
    assertThat(records.getFirst().path().backend()).contains(BACKEND);
    assertThat(told.getFirst().socket()).contains(made(CLIENT, BACKEND));
    assertThat(told.getFirst().steps())
        .containsExactly(new Told.Step(line, Optional.of(made(LEG, BACKEND))));
  }

  /** The proxy knows what it dialled, the load balancer where that led, and the next proxy that. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void knowsAProxysConnectionThatProgramsLedElsewhere(boolean socketFirst) {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    Passed line = line(CLIENT, SERVICE, leg(LEG, SERVICE), false, "closed");
    Passed behind = line(LEG, BACKEND, Optional.empty(), true, "policy_denied");
    SocketEvent own = event(Phase.ESTABLISHED, SERVICE, LEG, BACKEND);
    joiner.take(line, 0);
    joiner.take(behind, 0);
    if (socketFirst) {
      joiner.take(own, 0, WINDOW);
    }
    joiner.take(event(Phase.ESTABLISHED, SERVICE, CLIENT, BACKEND), 0, WINDOW);
    if (!socketFirst) {
      joiner.take(own, 0, WINDOW);
    }

    joiner.flush(WINDOW);

    assertThat(told).hasSize(1);
    assertThat(told.getFirst().steps())
        .containsExactly(
            new Told.Step(line, Optional.of(own)), new Told.Step(behind, Optional.empty()));
  }

  /** The server's proxy tries its own loopback from the client's address before the pod's. */
  @Test
  void leavesOutAnAttemptFromTheClientsAddressThatWasMadeFirst() {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    InetSocketAddress closed = at("10.0.0.2", 9);
    InetSocketAddress loopback = at("127.0.0.1", 9);
    joiner.take(line(CLIENT, BACKEND, leg(CLIENT, at("127.0.0.1", 8080)), true, "closed"), 0);
    joiner.take(line(LEG, closed, leg(at("127.0.0.6", 1), closed), true, "refused"), 0);
    joiner.take(made(CLIENT, at("127.0.0.1", 8080)), 0, WINDOW);
    joiner.take(event(Phase.LEFT, loopback, LEG, loopback), 0, WINDOW);
    joiner.take(event(Phase.LEFT, loopback, LEG, loopback), 0, WINDOW);

    joiner.expire(WINDOW);

    assertThat(records)
        .extracting(flow -> flow.path().source().orElseThrow() + " " + flow.mode())
        .containsExactly("/10.0.0.1:50000 DIRECT");
  }

  /** As a proxy with TPROXY does, whose client is another's own connection. */
  @Test
  void makesOneRecordWhereTheServersProxyGoesOnFromTheClientsAddress() {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    InetSocketAddress loopback = at("127.0.0.1", 8080);
    joiner.take(line(CLIENT, BACKEND, leg(LEG, BACKEND), false, "closed"), 0);
    joiner.take(line(LEG, BACKEND, leg(LEG, loopback), true, "closed"), 0);
    joiner.take(made(LEG, BACKEND), 0, WINDOW);
    joiner.take(made(LEG, loopback), 0, WINDOW);
    joiner.take(made(CLIENT, BACKEND), 0, WINDOW);

    joiner.expire(WINDOW);

    assertThat(records).singleElement().extracting(FlowRecord::mode).isEqualTo(FlowMode.PROXIED);
    assertThat(records.getFirst().path().interceptions()).hasSize(2);
  }

  @Test
  void leavesOutAProxysFailedAttemptAndNobodyElses() {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    InetSocketAddress closed = at("10.0.0.2", 9);
    joiner.take(line(CLIENT, BACKEND, leg(LEG, BACKEND), false, "closed"), 0);
    joiner.take(
        line(CLIENT, closed, Optional.of(new Leg(Optional.empty(), closed)), false, "refused"), 0);
    joiner.take(made(LEG, BACKEND), 0, WINDOW);
    joiner.take(event(Phase.LEFT, closed, LEG, closed), 0, WINDOW);
    joiner.take(event(Phase.LEFT, closed, at("10.0.0.3", 1), closed), 0, WINDOW);
    joiner.take(made(CLIENT, closed), 0, WINDOW);

    joiner.flush(WINDOW);

    assertThat(records)
        .extracting(flow -> flow.path().source().orElseThrow() + " " + flow.mode())
        .containsExactly("/10.0.0.3:1 DIRECT", "/10.0.0.1:40000 PROXIED");
    assertThat(records).extracting(FlowRecord::verdict).containsOnly(Verdict.FAILED);
  }

  @Test
  void takesTheServersProxyIntoTheClientsRecord() {
    FlowJoiner joiner = joiner(Scope.ALSO_INBOUND);
    InetSocketAddress inner = at("127.0.0.6", 60_000);
    InetSocketAddress application = at("127.0.0.1", 8080);
    joiner.take(made(CLIENT, BACKEND), 0, WINDOW);
    joiner.take(made(LEG, BACKEND), 0, WINDOW);
    joiner.take(made(inner, application), 0, WINDOW);
    joiner.take(line(LEG, BACKEND, leg(inner, application), true, "policy_denied"), 1);
    joiner.take(line(CLIENT, BACKEND, leg(LEG, BACKEND), false, "closed"), 2);

    joiner.expire(WINDOW);
    joiner.flush(WINDOW);

    assertThat(records).hasSize(1);
    assertThat(records.getFirst().verdict()).isEqualTo(Verdict.DENIED);
    assertThat(records.getFirst().reason()).isEqualTo("policy_denied");
    assertThat(records.getFirst().path().backend()).contains(BACKEND);
  }

  @Test
  void tellsOfStrangersOnlyWhenAllIsObserved() {
    Passed line = line(CLIENT, BACKEND, leg(LEG, at("127.0.0.1", 8080)), true, "closed");
    FlowJoiner some = joiner(Scope.MADE_HERE);
    some.take(line, 0);
    some.expire(10 * WINDOW);
    some.flush(10 * WINDOW);
    assertThat(records).isEmpty();

    FlowJoiner all = joiner(Scope.ALSO_INBOUND);
    all.take(line, 0);
    all.expire(WINDOW);
    assertThat(records).isEmpty();
    all.expire(2 * WINDOW);

    assertThat(records).hasSize(1);
    assertThat(records.getFirst().path().pid()).isEmpty();
    assertThat(records.getFirst().figures().sent()).hasValue(100);
    assertThat(records.getFirst().figures().received()).hasValue(200);
  }

  @ParameterizedTest
  @CsvSource({
    "REFUSED,111,DENIED,SOCKET",
    "REFUSED,1,DENIED,SOCKET",
    "REFUSED,113,FAILED,SOCKET",
    "LEFT,0,FAILED,DIRECT",
    "DIALLED,0,FAILED,DIRECT",
    "ESTABLISHED,0,FORWARDED,DIRECT"
  })
  void saysWhatBecameOfIt(Phase phase, int errno, Verdict verdict, FlowMode mode) {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    SocketEvent event =
        new SocketEvent(
            phase,
            SocketEvent.TCP,
            CALLER,
            errno,
            new Ends(BACKEND, Optional.empty(), BACKEND),
            new Times(0, 0, 0, 0, 0),
            new Figures(0, 0, 0));

    joiner.take(event, 0, 0);

    assertThat(records.getFirst().verdict()).isEqualTo(verdict);
    assertThat(records.getFirst().mode()).isEqualTo(mode);
    assertThat(records.getFirst().reason().isEmpty()).isEqualTo(phase == Phase.ESTABLISHED);
  }

  @Test
  void holdsSoManyAndLosesNone() {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    int more = 100;
    for (int i = 0; i < FlowJoiner.MOST + more; i++) {
      joiner.take(made(at("10.0.0.1", 1 + i), BACKEND), i, WINDOW);
    }
    assertThat(records).hasSize(more);
    assertThat(joiner.unjoined()).isEqualTo(more);
    for (int i = 0; i < FlowJoiner.MOST + more; i++) {
      joiner.take(line(at("10.0.1.1", 1 + i), BACKEND, Optional.empty(), false, "closed"), i);
    }
    assertThat(joiner.unjoined()).isEqualTo(2L * more);

    joiner.flush(WINDOW);

    assertThat(records).hasSize(FlowJoiner.MOST + more);
  }

  /** The outbound line leads to the leg; the server's proxy tells of that leg long after. */
  @Test
  void makesNoSecondRecordOfALegThatTheServersProxyTellsOfLate() {
    FlowJoiner joiner = joiner(Scope.ALSO_INBOUND);
    joiner.take(made(CLIENT, BACKEND), 0, WINDOW);
    joiner.take(made(LEG, BACKEND), 0, WINDOW);
    joiner.take(line(CLIENT, BACKEND, leg(LEG, BACKEND), false, "closed"), 1);
    joiner.expire(WINDOW);
    assertThat(records).hasSize(1);

    joiner.take(
        line(LEG, BACKEND, leg(at("127.0.0.6", 1), at("127.0.0.1", 80)), true, "closed"),
        2 * WINDOW);
    joiner.expire(5 * WINDOW);

    assertThat(records).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void countsALineWhoseConnectionHasARecordAlready(boolean inbound) {
    FlowJoiner joiner = joiner(Scope.ALSO_INBOUND);
    joiner.take(made(CLIENT, BACKEND), 0, WINDOW);
    joiner.expire(WINDOW);
    assertThat(records).hasSize(1);

    joiner.take(line(CLIENT, BACKEND, Optional.empty(), inbound, "closed"), 2 * WINDOW);
    joiner.expire(5 * WINDOW);

    assertThat(records).hasSize(1);
    assertThat(joiner.late()).isEqualTo(1);
  }

  @Test
  void joinsALineOfALaterConnectionBetweenTheSameEnds() {
    FlowJoiner joiner = joiner(Scope.ALSO_INBOUND);
    joiner.take(made(CLIENT, BACKEND), 0, WINDOW);
    joiner.expire(WINDOW);
    joiner.take(made(CLIENT, BACKEND), 2 * WINDOW, WINDOW);
    joiner.take(line(CLIENT, BACKEND, Optional.empty(), false, "closed"), 2 * WINDOW);

    joiner.expire(3 * WINDOW);

    assertThat(records)
        .extracting(FlowRecord::mode)
        .containsExactly(FlowMode.DIRECT, FlowMode.PROXIED);
    assertThat(joiner.late()).isZero();
  }

  /** The second event is of the proxy's socket, if that is in the observed cgroup. */
  @ParameterizedTest
  @CsvSource({"1,false", "2,false", "1,true", "2,true"})
  void keepsTheRecordOfAClientWhoseAddressTheProxyTakes(int events, boolean inbound) {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    joiner.take(line(CLIENT, BACKEND, leg(CLIENT, BACKEND), inbound, "closed"), 0);
    for (int i = 0; i < events; i++) {
      joiner.take(made(CLIENT, BACKEND), 0, WINDOW);
    }

    joiner.expire(WINDOW);

    assertThat(records).hasSize(1);
    assertThat(records.getFirst().mode()).isEqualTo(FlowMode.PROXIED);
  }

  @Test
  void letsGoOfOldLinesUncounted() {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);
    for (int i = 0; i < FlowJoiner.MOST + 100; i++) {
      joiner.take(
          line(at("10.0.1.1", 1 + i), BACKEND, Optional.empty(), false, "closed"),
          i < 50 ? 0 : WINDOW);
    }

    assertThat(joiner.unjoined()).isEqualTo(50);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0,127.0.0.1,80,DIRECT",
    "::,::1,80,DIRECT",
    "0.0.0.0,127.0.0.1,81,SOCKET",
    "10.96.0.1,127.0.0.1,80,SOCKET"
  })
  void takesTheHostsOwnAddressForWhatTheKernelMakesOfNone(
      String dialled, String remote, int port, FlowMode mode) {
    FlowJoiner joiner = joiner(Scope.MADE_HERE);

    joiner.take(event(Phase.ESTABLISHED, at(dialled, 80), CLIENT, at(remote, port)), 0, 0);

    assertThat(records.getFirst().mode()).isEqualTo(mode);
  }
}
