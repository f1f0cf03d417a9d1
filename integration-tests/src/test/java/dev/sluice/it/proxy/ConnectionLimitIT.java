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
import org.junit.jupiter.params.provider.EnumSource;

/** {@code --max-connections}. */
final class ConnectionLimitIT {
  @ParameterizedTest
  @EnumSource(Family.class)
  void resetsOneConnectionMoreAndServesAgainWhenOneHasEnded(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy =
            ProxyUnderTest.start(
                mesh, Party.CLIENT, InterceptionMode.REDIRECT, "--max-connections=2");
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      InetSocketAddress server =
          Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
      try (Pair first = Pair.of(mesh.connect(Party.CLIENT, server), listener);
          Pair second = Pair.of(mesh.connect(Party.CLIENT, server), listener);
          Wire third = mesh.connect(Party.CLIENT, server)) {
        assertThat(third.ending()).isEqualTo(Ending.RESET);
        assertThat(proxy.record(third))
            .containsEntry("outcome", "connection_limit")
            .containsEntry("upstream", "-");
        first.exchange(1, 1);
        second.exchange(1, 1);
        first.hangUp();
        assertThat(proxy.record(first.client())).containsEntry("outcome", "closed");
        try (Pair next = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
          next.exchange(1, 1);
        }
      }
      proxy.awaitIdle();
      assertThat(proxy.stop()).containsEntry("connection_limit", "1").containsEntry("closed", "3");
    }
  }
}
