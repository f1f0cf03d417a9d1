// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A proxy that was told to end, with a connection open. */
final class DrainIT {
  /** Longer than any test has patience: only the last connection or a second signal ends it. */
  private static final String FOR_LONG = "--drain-time=1h";

  @ParameterizedTest
  @MethodSource("waysInBothFamilies")
  void letsAnOpenConnectionGoOnToItsEndAndTakesNoNewOne(RestartPlace.Way way, Family family)
      throws Exception {
    try (RestartPlace place = RestartPlace.build(way);
        ServerSocketChannel listener = place.mesh().listen(Party.SERVER, family)) {
      ProxyUnderTest proxy = place.restarts().first(FOR_LONG);
      InetSocketAddress server = address(family, listener);
      try (Pair open = Pair.of(place.mesh().connect(Party.CLIENT, server), listener)) {
        proxy.signal("TERM");
        awaitRefusal(place.mesh(), way.party(), way.listener(family));
        assertThat(
                place.mesh().in(way.party(), "curl", "-s", "http://127.0.0.1:15021/healthz/ready"))
            .isEqualTo("ending\n");
        open.exchange(300_000, 7);
        open.hangUp();
        assertThat(proxy.awaitEnd()).isZero();
        assertThat(proxy.record(open.client()))
            .containsEntry("outcome", "closed")
            .containsEntry("bytes_received", "300000");
        assertThat(counters(proxy)).containsEntry("closed", "1").doesNotContainKey("shutdown");
      }
    }
  }

  static List<Arguments> waysInBothFamilies() {
    return HotRestartIT.waysInBothFamilies();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void endsAtOnceWhenToldASecondTime(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        ProxyUnderTest proxy = start(mesh, FOR_LONG);
        Pair open = Pair.of(mesh.connect(Party.CLIENT, address(family, listener)), listener)) {
      proxy.signal("TERM");
      awaitRefusal(mesh, Party.CLIENT, RestartPlace.Way.REDIRECT_OUTBOUND.listener(family));
      proxy.signal("TERM");
      assertThat(proxy.awaitEnd()).isZero();
      assertThat(open.client().ending()).isEqualTo(Ending.RESET);
      assertThat(open.server().ending()).isEqualTo(Ending.RESET);
      assertThat(counters(proxy)).containsEntry("shutdown", "1");
    }
  }

  @ParameterizedTest
  @MethodSource("waysInBothFamilies")
  void resetsWhatIsStillOpenWhenTheTimeIsOver(RestartPlace.Way way, Family family)
      throws Exception {
    try (RestartPlace place = RestartPlace.build(way);
        ServerSocketChannel listener = place.mesh().listen(Party.SERVER, family)) {
      ProxyUnderTest proxy = place.restarts().first("--drain-time=300ms");
      InetSocketAddress server = address(family, listener);
      try (Pair open = Pair.of(place.mesh().connect(Party.CLIENT, server), listener)) {
        open.exchange(1, 1);
        assertThat(proxy.stop()).containsEntry("shutdown", "1");
        assertThat(open.client().ending()).isEqualTo(Ending.RESET);
        assertThat(open.server().ending()).isEqualTo(Ending.RESET);
      }
    }
  }

  /** Dials the proxy itself, which resets that as a loop for as long as it accepts. */
  private static void awaitRefusal(Mesh mesh, Party party, InetSocketAddress proxy) {
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> mesh.connect(party, proxy).close())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("refused"));
  }

  private static Map<String, String> counters(ProxyUnderTest proxy) {
    return Logfmt.parse(proxy.said().getLast());
  }

  private static ProxyUnderTest start(Mesh mesh, String option) throws IOException {
    return ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT, option);
  }

  private static InetSocketAddress address(Family family, ServerSocketChannel listener) {
    return Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
  }
}
