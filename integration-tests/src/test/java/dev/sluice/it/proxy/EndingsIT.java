// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A proxy that is killed, and one that is told to stop, with connections open. */
final class EndingsIT {
  private static final int OPEN = 50;

  @ParameterizedTest
  @EnumSource(Family.class)
  void killedUnderLoadItLetsNothingPassAndWorksAgainWhenStarted(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      InetSocketAddress server = address(family, listener);
      String rules = rules(mesh, family);
      try (ProxyUnderTest proxy = start(mesh);
          Crowd crowd =
              Crowd.connect(OPEN, _ -> mesh.connect(Party.CLIENT, server), listener, family)) {
        List<FutureTask<String>> loads = new ArrayList<>();
        crowd.clients().forEach(client -> loads.add(Background.start(() -> load(client))));
        Thread.sleep(300);
        proxy.signal("KILL");
        for (FutureTask<String> load : loads) {
          assertThat(load).succeedsWithin(Duration.ofSeconds(10));
        }
        assertThat(proxy.awaitEnd()).isEqualTo(137);
      }
      listener.configureBlocking(false);
      assertThatThrownBy(() -> mesh.connect(Party.CLIENT, server))
          .isInstanceOf(ConnectException.class);
      assertThat(listener.accept()).as("what passed without a proxy").isNull();
      assertThat(rules(mesh, family)).isEqualTo(rules);

      listener.configureBlocking(true);
      try (ProxyUnderTest again = start(mesh);
          Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
        pair.exchange(100, 100);
        pair.hangUp();
        assertThat(again.record(pair.client())).containsEntry("outcome", "closed");
        again.stop();
      }
    }
  }

  /** Echoes until the connection breaks; how it broke. */
  private static String load(Wire client) {
    try {
      while (true) {
        client.send((byte) 1).receive(1);
      }
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String rules(Mesh mesh, Family family) throws IOException {
    String save = family == Family.IPV4 ? "iptables-save" : "ip6tables-save";
    return mesh.in(Party.CLIENT, save).replaceAll("(?m)^#.*$|\\[\\d+:\\d+]", "");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void toldToStopItResetsAndRecordsWhatIsOpen(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        ProxyUnderTest proxy = start(mesh)) {
      List<Pair> open = new ArrayList<>();
      for (int i = 0; i < OPEN; i++) {
        open.add(Pair.of(mesh.connect(Party.CLIENT, address(family, listener)), listener));
        open.getLast().exchange(2, 3);
      }
      assertThat(proxy.stop())
          .containsEntry("connections", "50")
          .containsEntry("shutdown", "50")
          .containsEntry("closed", "0")
          .containsEntry("bytes_received", "100")
          .containsEntry("bytes_sent", "150");
      for (Pair pair : open) {
        assertThat(pair.client().ending()).isEqualTo(Ending.RESET);
        assertThat(pair.server().ending()).isEqualTo(Ending.RESET);
        assertThat(proxy.record(pair.client()))
            .containsEntry("outcome", "shutdown")
            .containsEntry("bytes_received", "2")
            .containsEntry("bytes_sent", "3");
        pair.hangUp();
      }
    }
  }

  private static ProxyUnderTest start(Mesh mesh) throws IOException {
    return ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT, "--drain-time=0s");
  }

  private static InetSocketAddress address(Family family, ServerSocketChannel listener) {
    return Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
  }
}
