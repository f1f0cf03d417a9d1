// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The proxy never serves itself, whoever leads it there. */
final class LoopIT {
  private static final int[] LISTENERS = {15001, 15006};
  private static final int CLIENTS = 20;

  /** Fixed, so that these two destinations aren't counted as one: of any two, 1 in 64 are. */
  private static final int APPLICATION_PORT = 8080;

  private static final int SERVER_PORT = 9090;

  @ParameterizedTest
  @EnumSource(names = {"REDIRECT", "TPROXY"})
  void closesWhatIsDialledToItsOwnListeners(InterceptionMode mode) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, mode);
        ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.CLIENT, mode)) {
      int dialled = 0;
      for (Family family : Family.values()) {
        for (int port : LISTENERS) {
          InetSocketAddress pod = Mesh.address(Party.CLIENT, family, port);
          InetSocketAddress loopback = new InetSocketAddress(family.loopback(), port);
          assertLoop(mesh, proxy, Party.CLIENT, loopback);
          assertLoop(mesh, proxy, Party.CLIENT, pod);
          assertLoop(mesh, proxy, Party.HOST, pod);
          dialled += 3;
        }
      }
      proxy.awaitIdle();
      assertThat(proxy.stop())
          .containsEntry("connections", Integer.toString(dialled))
          .containsEntry("loop", Integer.toString(dialled))
          .containsEntry("closed", "0");
    }
  }

  private static void assertLoop(
      Mesh mesh, ProxyUnderTest proxy, Party from, InetSocketAddress listener) throws Exception {
    try (Wire client = mesh.connect(from, listener)) {
      assertThat(client.ending()).as("dialled %s", listener).isEqualTo(Ending.RESET);
      assertThat(proxy.record(client))
          .containsEntry("outcome", "loop")
          .containsEntry("original_destination", AddressText.of(listener))
          .containsEntry("upstream", "-")
          .containsEntry("detail", "the original destination is this proxy's own listener");
    }
  }

  /** Then the rules lead each of its own connections back to it. */
  @Test
  void cutsTheLoopWhenItRunsAsAUserWhomTheRulesDoNotExempt() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy = startAsStranger(mesh)) {
      for (Family family : Family.values()) {
        try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
          InetSocketAddress server =
              Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
          listener.configureBlocking(false);
          for (int i = 0; i < CLIENTS; i++) {
            try (Wire client = mesh.connect(Party.CLIENT, server)) {
              assertThat(client.ending()).isEqualTo(Ending.RESET);
              assertThat(proxy.record(client)).containsEntry("outcome", "upstream_reset");
            }
          }
          assertThat(listener.accept()).as("what reached the server").isNull();
        }
      }
      proxy.awaitOutcomes("loop", 2 * CLIENTS);
      proxy.awaitIdle();
      assertThat(proxy.records())
          .filteredOn(line -> "loop".equals(line.get("outcome")))
          .allSatisfy(
              line -> assertThat(line.get("detail")).contains("the rules don't exempt the user"));
      Map<String, String> counters = proxy.stop();
      assertThat(counters)
          .containsEntry("loop", Integer.toString(2 * CLIENTS))
          .containsEntry("closed", "0");
      // Another event loop may accept a connection before its maker has noted it: once more round.
      assertThat(Integer.parseInt(counters.get("connections"))).isBetween(4 * CLIENTS, 6 * CLIENTS);
    }
  }

  /** What arrives doesn't come back to it, however much there is: that must not hide what does. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void cutsTheLoopAtOnceAmongManyConnectionsThatArrive(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy = startAsStranger(mesh);
        ServerSocketChannel application =
            mesh.listen(Party.CLIENT, Mesh.address(Party.CLIENT, family, APPLICATION_PORT));
        ServerSocketChannel server =
            mesh.listen(Party.SERVER, Mesh.address(Party.SERVER, family, SERVER_PORT))) {
      InetSocketAddress pod = (InetSocketAddress) application.getLocalAddress();
      InetSocketAddress beyond = (InetSocketAddress) server.getLocalAddress();
      int arrived = 0;
      for (int i = 0; i < CLIENTS; i++) {
        for (int j = 0; j < 3 * CLIENTS; j++) {
          try (Pair pair = Pair.of(mesh.connect(Party.SERVER, pod), application)) {
            pair.exchange(1, 1);
            arrived++;
          }
        }
        try (Wire client = mesh.connect(Party.CLIENT, beyond)) {
          assertThat(client.ending()).isEqualTo(Ending.RESET);
        }
      }
      proxy.awaitOutcomes("loop", CLIENTS);
      proxy.awaitIdle();
      assertThat(Integer.parseInt(proxy.stop().get("connections")) - arrived)
          .as("rounds of %d loops", CLIENTS)
          .isBetween(2 * CLIENTS, 3 * CLIENTS);
    }
  }

  private static ProxyUnderTest startAsStranger(Mesh mesh) throws Exception {
    Path log = mesh.folder().resolve("access.log");
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--reuid=1338", "--regid=1338", "--clear-groups"));
    command.addAll(
        ProxyUnderTest.command(
            mesh, InterceptionMode.REDIRECT, List.of("--access-log", log.toString())));
    return ProxyUnderTest.start(mesh, Party.CLIENT, RunAs.ROOT, log, command);
  }
}
