// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Namespaces that lack an address family, or an address that the rules count on. */
final class FamiliesIT {
  @ParameterizedTest
  @EnumSource(Route.class)
  void servesIpv4WithIpv6SwitchedOff(Route route) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      mesh.in(route.place(), "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
      assertThat(served(mesh, route, Family.IPV4))
          .containsEntry("outcome", "closed")
          .doesNotContainKey("detail");
    }
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void servesIpv6WithoutAnyIpv4Address(Route route) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      for (String device : new String[] {"lo", "eth0", "client", "server"}) {
        mesh.attempt(route.place(), "ip", "-4", "address", "flush", "dev", device);
      }
      assertThat(mesh.in(route.place(), "ip", "-4", "address")).isEmpty();
      assertThat(served(mesh, route, Family.IPV6))
          .containsEntry("outcome", "closed")
          .doesNotContainKey("detail");
    }
  }

  /** Rules of other people may leave it out. */
  @Test
  void saysThatThePassthroughAddressIsMissing() throws Exception {
    Route route = Route.REDIRECT_INBOUND;
    try (Mesh mesh = Mesh.build(route.place(), route.mode())) {
      mesh.in(route.place(), "ip", "-6", "address", "delete", "::6/128", "dev", "lo");
      try (ProxyUnderTest proxy = ProxyUnderTest.start(mesh, route.place(), route.mode())) {
        assertThat(throughProxy(mesh, proxy, Family.IPV6))
            .containsEntry("outcome", "closed")
            .hasEntrySatisfying(
                "detail", why -> assertThat(why).contains("::6 is not on lo", "pod's own"));
        proxy.stop();
      }
    }
  }

  private static Map<String, String> served(Mesh mesh, Route route, Family family)
      throws Exception {
    mesh.rules(route.place(), route.mode());
    try (ProxyUnderTest proxy = ProxyUnderTest.start(mesh, route.place(), route.mode())) {
      Map<String, String> line = throughProxy(mesh, proxy, family);
      proxy.stop();
      return line;
    }
  }

  private static Map<String, String> throughProxy(Mesh mesh, ProxyUnderTest proxy, Family family)
      throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        Pair pair = Pair.of(mesh.connect(Party.CLIENT, address(family, listener)), listener)) {
      pair.exchange(1_000, 1_000);
      pair.hangUp();
      return proxy.record(pair.client());
    }
  }

  private static InetSocketAddress address(Family family, ServerSocketChannel listener) {
    return Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
  }
}
