// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Upstreams that nobody can reach, and connections on which nothing moves. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FailedConnectsIT {
  private static final int NOBODY_LISTENS = 9;
  private static final int MANY = 1_000;

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
  private final ProxyUnderTest proxy =
      ProxyUnderTest.start(
          mesh,
          Party.CLIENT,
          InterceptionMode.REDIRECT,
          "--connect-timeout=1s",
          "--idle-timeout=1s");

  FailedConnectsIT() throws Exception {}

  @AfterEach
  void givesEveryDescriptorBack() {
    proxy.awaitIdle();
  }

  @AfterAll
  void close() throws Exception {
    try (mesh) {
      proxy.stop();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void resetsWhenTheServerRefuses(Family family) throws Exception {
    InetSocketAddress nobody = Mesh.address(Party.SERVER, family, NOBODY_LISTENS);
    assertThat(failedConnect(nobody))
        .containsEntry("outcome", "upstream_refused")
        .containsEntry("detail", "connect: ECONNREFUSED (111)");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void resetsWhenARouterSaysUnreachable(Family family) throws Exception {
    assertThat(failedConnect(beyondHost("unreachable", family)))
        .containsEntry("outcome", "upstream_unreachable");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void resetsAfterTheConnectTimeout(Family family) throws Exception {
    Map<String, String> line = failedConnect(beyondHost("blackhole", family));
    assertThat(line).containsEntry("outcome", "connect_timeout");
    assertThat(Long.parseLong(line.get("duration_us"))).isBetween(1_000_000L, 4_000_000L);
  }

  /** An address that the router treats in its own way. */
  private InetSocketAddress beyondHost(String treatment, Family family) throws Exception {
    String address = family == Family.IPV4 ? "10.9.9.9" : "2001:db8:9::9";
    String length = family == Family.IPV4 ? "/32" : "/128";
    mesh.in(Party.HOST, "ip", "route", "replace", treatment, address + length);
    return new InetSocketAddress(address, 80);
  }

  private Map<String, String> failedConnect(InetSocketAddress destination) throws Exception {
    try (Wire client = mesh.connect(Party.CLIENT, destination)) {
      assertThat(client.ending()).isEqualTo(Ending.RESET);
      return proxy.record(client);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void cutsAnIdleConnectionAndNoBusyOne(Family family) throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        Pair idle = pair(family, listener);
        Pair busy = pair(family, listener)) {
      long begin = System.nanoTime();
      idle.exchange(1, 1);
      while (System.nanoTime() - begin < 2_500_000_000L) {
        busy.exchange(1, 1);
        Thread.sleep(100);
      }
      assertThat(idle.client().ending()).isEqualTo(Ending.RESET);
      assertThat(idle.server().ending()).isEqualTo(Ending.RESET);
      Map<String, String> line = proxy.record(idle.client());
      assertThat(line).containsEntry("outcome", "idle_timeout");
      assertThat(Long.parseLong(line.get("duration_us"))).isBetween(1_000_000L, 4_000_000L);
      busy.exchange(1, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void saysRepeatedErrorsAtMostOnceASecond(Family family) throws Exception {
    InetSocketAddress nobody = Mesh.address(Party.SERVER, family, NOBODY_LISTENS);
    int linesBefore = proxy.said().size();
    long refusedBefore = proxy.outcomes("upstream_refused");
    long begin = System.nanoTime();
    for (int i = 0; i < MANY; i++) {
      try (Wire client = mesh.connect(Party.CLIENT, nobody)) {
        assertThat(client.ending()).isEqualTo(Ending.RESET);
      }
    }
    proxy.awaitOutcomes("upstream_refused", (int) refusedBefore + MANY);
    long seconds = 1 + (System.nanoTime() - begin) / 1_000_000_000L;
    assertThat(proxy.said().size() - linesBefore).isLessThanOrEqualTo((int) seconds);
  }

  private Pair pair(Family family, ServerSocketChannel listener) throws Exception {
    return Pair.of(mesh.connect(Party.CLIENT, address(family, listener)), listener);
  }

  private static InetSocketAddress address(Family family, ServerSocketChannel listener) {
    return Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
  }
}
