// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the client's address can't be kept: 127.0.0.6 or ::6 instead, and the log says why. */
final class TproxyFallbackIT {
  @ParameterizedTest
  @EnumSource(Family.class)
  void dialsThePodsAddressWhenTheApplicationListensOnNoOther(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.SERVER, InterceptionMode.TPROXY);
        ProxyUnderTest proxy = start(mesh);
        ServerSocketChannel listener =
            mesh.listen(Party.SERVER, Mesh.address(Party.SERVER, family, 0));
        Pair pair = pair(mesh, family, listener)) {
      assertThat(assertPassedThrough(proxy, family, listener, pair).get("detail"))
          .contains("ECONNREFUSED", "the client's address could not be kept");
      proxy.stop();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void saysThatForeignRulesLackTheWayBack(Family family) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      IstioRules.apply(mesh, Party.SERVER);
      try (ProxyUnderTest proxy = start(mesh);
          ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
          Pair pair = pair(mesh, family, listener)) {
        assertThat(assertPassedThrough(proxy, family, listener, pair).get("detail"))
            .contains("the client's address could not be kept", "policy rule for loopback");
        proxy.stop();
      }
    }
  }

  private static Map<String, String> assertPassedThrough(
      ProxyUnderTest proxy, Family family, ServerSocketChannel listener, Pair pair)
      throws Exception {
    pair.exchange(1_000, 1_000);
    assertThat(pair.serverPeer())
        .startsWith(Family.endpoint(family.passthroughSource(), 0).replaceAll("0$", ""));
    pair.hangUp();
    Map<String, String> line = proxy.record(pair.client());
    String pod = Family.endpoint(Party.SERVER.address(family), listener.socket().getLocalPort());
    assertThat(line)
        .containsEntry("outcome", "closed")
        .containsEntry("original_destination", pod)
        .containsEntry("upstream", pod)
        .containsEntry("upstream_source", pair.serverPeer());
    return line;
  }

  private static ProxyUnderTest start(Mesh mesh) throws Exception {
    return ProxyUnderTest.start(mesh, Party.SERVER, InterceptionMode.TPROXY);
  }

  private static Pair pair(Mesh mesh, Family family, ServerSocketChannel listener)
      throws Exception {
    int port = listener.socket().getLocalPort();
    InetSocketAddress server = Mesh.address(Party.SERVER, family, port);
    return Pair.of(mesh.connect(Party.CLIENT, server), listener);
  }
}
