// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The ways through the proxy where nft alone makes the rules. */
final class NftablesIT {
  @ParameterizedTest
  @EnumSource(Route.class)
  void carriesConnectionsOfBothFamilies(Route route) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      mesh.rules(route.place(), route.mode(), "--native-nftables");
      assertThat(mesh.in(route.place(), "nft", "list", "tables").lines())
          .isNotEmpty()
          .allMatch(table -> table.contains(" sluice_"));
      try (ProxyUnderTest proxy = ProxyUnderTest.start(mesh, route.place(), route.mode())) {
        for (Family family : Family.values()) {
          assertCarried(mesh, proxy, route, family);
        }
        proxy.stop();
      }
    }
  }

  private static void assertCarried(Mesh mesh, ProxyUnderTest proxy, Route route, Family family)
      throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      InetSocketAddress server =
          Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
      try (Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
        pair.exchange(100_000, 200_000);
        pair.client().reset();
        assertThat(pair.server().ending()).isEqualTo(Ending.RESET);
        assertThat(proxy.record(pair.client()))
            .containsEntry("direction", route.direction())
            .containsEntry("mode", route.mode().name().toLowerCase(Locale.ROOT))
            .containsEntry(
                "original_destination", Family.endpoint(server.getAddress(), server.getPort()))
            .containsEntry("upstream_source", pair.serverPeer())
            .containsEntry("outcome", "downstream_reset")
            .containsEntry("bytes_received", "100000")
            .containsEntry("bytes_sent", "200000")
            .doesNotContainKey("detail");
      }
    }
  }
}
