// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves a pod reaches the proxy by TPROXY, in both families and without any nat rule. */
final class OutboundTproxyIT {
  @ParameterizedTest
  @ValueSource(strings = {"--native-nftables=false", "--native-nftables"})
  void carriesWhatLeavesWithoutNat(String backend) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      InterceptionMode mode = InterceptionMode.TPROXY;
      mesh.rules(Party.CLIENT, mode, "--outbound-interception-mode", "TPROXY", backend);
      assertThat(mesh.in(Party.CLIENT, "nft", "list", "ruleset"))
          .contains("SLUICE_OUTBOUND")
          .doesNotContain("type nat");
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(
              mesh, Party.CLIENT, mode, "--outbound-interception-mode", "TPROXY")) {
        for (Family family : Family.values()) {
          assertCarried(mesh, proxy, family);
        }
        proxy.stop();
      }
    }
  }

  private static void assertCarried(Mesh mesh, ProxyUnderTest proxy, Family family)
      throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      InetSocketAddress server =
          Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
      try (Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
        pair.exchange(100_000, 200_000);
        pair.client().reset();
        assertThat(pair.server().ending()).isEqualTo(Ending.RESET);
        assertThat(proxy.record(pair.client()))
            .containsEntry("direction", "outbound")
            .containsEntry("mode", "tproxy")
            .containsEntry(
                "original_destination", Family.endpoint(server.getAddress(), server.getPort()))
            .containsEntry("upstream_source", pair.serverPeer())
            .containsEntry("outcome", "downstream_reset")
            .containsEntry("bytes_received", "100000")
            .containsEntry("bytes_sent", "200000");
      }
    }
  }
}
