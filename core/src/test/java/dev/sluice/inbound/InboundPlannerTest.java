// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.inbound.InboundFacts.Place;
import dev.sluice.intercept.Interception;
import dev.sluice.net.AddressText;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InboundPlannerTest {
  private static final Place POD = new Place(true, true, true);
  private static final Place GATEWAY = new Place(false, true, true);

  /** Mode, the three facts of the place, client, destination, and the attempts in order. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          REDIRECT | true | false | true | 192.0.2.7 | 10.7.2.2 | 127.0.0.6>10.7.2.2
          REDIRECT | true | false | true | 2001:db8::7 | fd00::2 | ::6>fd00::2
          REDIRECT | true | false | false | 2001:db8::7 | fd00::2 | fd00::2>::1 kernel>fd00::2
          TPROXY | true | true | true | 192.0.2.7 | 10.7.2.2 | client>127.0.0.1 127.0.0.6>10.7.2.2
          TPROXY | true | true | true | 2001:db8::7 | fd00::2 | client>::1 ::6>fd00::2
          TPROXY | true | true | false | 2001:db8::7 | fd00::2 | client>::1 fd00::2>::1 kernel>fd00::2
          TPROXY | true | false | true | 192.0.2.7 | 10.7.2.2 | 127.0.0.6>10.7.2.2
          TPROXY | false | true | true | 192.0.2.7 | 10.7.2.2 | client>10.7.2.2
          TPROXY | false | false | false | 2001:db8::7 | fd00::2 | client>fd00::2
          SOCKET | true | false | false | 192.0.2.7 | 10.7.2.2 | announcing@127.0.0.6>10.7.2.2
          SOCKET | true | false | false | 2001:db8::7 | fd00::2 | announcing@::1>fd00::2
          NODE | true | false | false | 192.0.2.7 | 10.7.2.2 | apart@192.0.2.7>10.7.2.2 any@192.0.2.7>10.7.2.2 kernel>10.7.2.2
          NODE | true | false | false | 2001:db8::7 | fd00::2 | apart@2001:db8::7>fd00::2 any@2001:db8::7>fd00::2 kernel>fd00::2
          """)
  void listsTheWaysToTheApplication(
      InterceptionMode mode,
      boolean local,
      boolean returns,
      boolean passthrough,
      String client,
      String destination,
      String expected) {
    List<UpstreamAttempt> attempts =
        attempts(mode, client, destination, new Place(local, returns, passthrough));
    assertThat(attempts.stream().map(InboundPlannerTest::way))
        .containsExactly(expected.split(" ", -1));
    assertThat(attempts)
        .allSatisfy(
            attempt -> assertThat(attempt.endpoint().socketAddress().getPort()).isEqualTo(80));
  }

  @Test
  void saysNothingOfThePlainWay() {
    assertThat(attempts(InterceptionMode.REDIRECT, "192.0.2.7", "10.7.2.2", POD))
        .allSatisfy(attempt -> assertThat(attempt.note()).isEmpty());
    assertThat(attempts(InterceptionMode.TPROXY, "192.0.2.7", "10.7.2.2", POD).getFirst().note())
        .isEmpty();
    assertThat(attempts(InterceptionMode.TPROXY, "192.0.2.7", "10.7.2.2", GATEWAY))
        .allSatisfy(attempt -> assertThat(attempt.note()).isEmpty());
  }

  @Test
  void saysWhyTheClientsAddressIsNotKept() {
    Place noWayBack = new Place(true, false, false);
    assertThat(attempts(InterceptionMode.TPROXY, "2001:db8::7", "fd00::2", noWayBack))
        .first()
        .satisfies(
            attempt ->
                assertThat(attempt.note())
                    .contains("answers from ::1", "policy rule", "::6 is not on lo"));
  }

  @Test
  void refusesALoopTheUnknownAndWhatIsBeyondTheLimit() {
    OriginalDestination destination = new OriginalDestination(address("10.7.2.2"));
    assertThat(refusal(new Interception.Loop(destination, "ourselves"), true))
        .isEqualTo(new Outcome.Failed(FailureKind.LOOP, "ourselves"));
    assertThat(refusal(new Interception.Unknown("ENOENT"), true))
        .isEqualTo(new Outcome.Failed(FailureKind.NO_ORIGINAL_DESTINATION, "ENOENT"));
    assertThat(refusal(new Interception.Found(destination), false).kind())
        .isEqualTo(FailureKind.CONNECTION_LIMIT);
  }

  private static List<UpstreamAttempt> attempts(
      InterceptionMode mode, String client, String destination, Place place) {
    Interception found = new Interception.Found(new OriginalDestination(address(destination)));
    return switch (plan(mode, client, found, true, place)) {
      case InboundPlan.Passthrough passthrough -> passthrough.attempts();
      case InboundPlan.Refused refused -> throw new AssertionError("refused: " + refused.why());
    };
  }

  private static Outcome.Failed refusal(Interception interception, boolean withinLimit) {
    return switch (plan(InterceptionMode.REDIRECT, "192.0.2.7", interception, withinLimit, POD)) {
      case InboundPlan.Refused refused -> refused.why();
      case InboundPlan.Passthrough _ -> throw new AssertionError("not refused");
    };
  }

  private static InboundPlan plan(
      InterceptionMode mode,
      String client,
      Interception interception,
      boolean withinLimit,
      Place place) {
    return InboundPlanner.plan(
        new InboundFacts(
            mode, new ClientAddress(address(client)), interception, withinLimit, place));
  }

  private static String way(UpstreamAttempt attempt) {
    String source =
        switch (attempt.source()) {
          case UpstreamSource.ChosenByKernel _ -> "kernel";
          case UpstreamSource.ClientItself _ -> "client";
          case UpstreamSource.Announced announced ->
              "announcing@" + AddressText.of(announced.address());
          case UpstreamSource.ClientHost host ->
              host.ports().name().toLowerCase(Locale.ROOT) + "@" + AddressText.of(host.address());
          case UpstreamSource.Passthrough passthrough -> AddressText.of(passthrough.address());
        };
    return source + ">" + AddressText.of(attempt.endpoint().socketAddress().getAddress());
  }

  private static InetSocketAddress address(String host) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), 80);
  }
}
