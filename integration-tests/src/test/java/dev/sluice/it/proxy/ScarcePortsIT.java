// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every local port towards one port of the application is taken. */
final class ScarcePortsIT {
  private static final int PORTS = 20;

  @ParameterizedTest
  @EnumSource(Family.class)
  void saysThatNoPortIsLeftAndServesAgainWhenOneIs(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.SERVER, InterceptionMode.REDIRECT);
        ServerSocketChannel listener = listen(mesh, family, 8080);
        ServerSocketChannel other = listen(mesh, family, 8081);
        ProxyUnderTest proxy =
            ProxyUnderTest.start(mesh, Party.SERVER, InterceptionMode.REDIRECT)) {
      mesh.in(Party.SERVER, "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40019");
      List<Pair> open = new ArrayList<>();
      for (int i = 0; i < PORTS; i++) {
        open.add(pair(mesh, proxy, family, listener));
      }
      try (Wire oneMore = mesh.connect(Party.CLIENT, address(family, listener))) {
        assertThat(oneMore.ending()).isEqualTo(Ending.RESET);
        assertThat(proxy.record(oneMore)).containsEntry("outcome", "ports_exhausted");
      }
      // A port is taken towards one port of the application only.
      open.add(pair(mesh, proxy, family, other));

      open.getFirst().client().reset();
      assertThat(proxy.record(open.getFirst().client()))
          .containsEntry("outcome", "downstream_reset");
      open.add(pair(mesh, proxy, family, listener));
      for (Pair pair : open.subList(1, open.size())) {
        pair.exchange(1, 1);
      }
      for (Pair pair : open) {
        pair.hangUp();
      }
      proxy.awaitIdle();
      assertThat(proxy.stop()).containsEntry("ports_exhausted", "1");
    }
  }

  /** Outside the range of ports that is left. */
  private static ServerSocketChannel listen(Mesh mesh, Family family, int port) throws Exception {
    return mesh.listen(Party.SERVER, Mesh.address(Party.SERVER, family, port));
  }

  private static Pair pair(
      Mesh mesh, ProxyUnderTest proxy, Family family, ServerSocketChannel listener)
      throws Exception {
    Wire client = mesh.connect(Party.CLIENT, address(family, listener));
    try {
      return Pair.of(client, listener);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no connection at the server; the log: " + proxy.record(client), e);
    }
  }

  private static InetSocketAddress address(Family family, ServerSocketChannel listener) {
    return Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
  }
}
