// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The limit on descriptors of a running proxy is lowered to what it has open. */
final class DescriptorsIT {
  private static final int OPEN = 5;
  private static final int WAITING = 5;
  private static final int MANY = 1_000;
  private static final long BUSY_BYTES = 64L << 20;

  @ParameterizedTest
  @EnumSource(Family.class)
  void stopsAcceptingWithoutADescriptorAndGoesOnWhenThereAreSome(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      InetSocketAddress server =
          Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
      List<Pair> open = new ArrayList<>();
      for (int i = 0; i < OPEN; i++) {
        open.add(Pair.of(mesh.connect(Party.CLIENT, server), listener));
      }
      assertRefusedWithOneDescriptorLeft(mesh, proxy, server);

      limit(proxy, lowestFree(proxy));
      List<Wire> waiting = new ArrayList<>();
      for (int i = 0; i < WAITING; i++) {
        waiting.add(mesh.connect(Party.CLIENT, server).send((byte) i));
      }
      assertCalm(proxy);
      for (Pair pair : open) {
        pair.exchange(1000, 1000);
      }

      limit(proxy, MANY);
      for (int i = 0; i < WAITING; i++) {
        Pair served = Pair.of(waiting.get(i), listener);
        assertThat(served.server().receive(1)).hasSize(1);
        open.add(served);
      }
      for (Pair pair : open) {
        pair.close();
      }
      proxy.awaitIdle();
      assertCounted(proxy.stop());
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void copiesABusyConnectionWithoutDescriptorsForAPipe(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      InetSocketAddress server =
          Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
      try (Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
        pair.exchange(1, 1);
        limit(proxy, lowestFree(proxy) + 1);
        FutureTask<Stream> received =
            Background.start(() -> Stream.receive(pair.server(), BUSY_BYTES));
        assertThat(Stream.send(pair.client(), BUSY_BYTES)).isEqualTo(received.get());
        limit(proxy, MANY);
      }
      proxy.awaitIdle();
      assertThat(proxy.said()).filteredOn(line -> line.contains("pipe2")).hasSize(1);
      assertThat(proxy.stop())
          .containsEntry("bytes_received", Long.toString(BUSY_BYTES + 1))
          .doesNotContainKey("bytes_spliced");
    }
  }

  private static void assertRefusedWithOneDescriptorLeft(
      Mesh mesh, ProxyUnderTest proxy, InetSocketAddress server) throws Exception {
    limit(proxy, lowestFree(proxy) + 1);
    try (Wire client = mesh.connect(Party.CLIENT, server)) {
      assertThat(client.ending()).isEqualTo(Ending.RESET);
      assertThat(proxy.record(client)).containsEntry("outcome", "descriptors_exhausted");
    }
  }

  /** It neither spins nor fills standard error while it can't accept. */
  private static void assertCalm(ProxyUnderTest proxy) throws Exception {
    Thread.sleep(200);
    int lines = proxy.said().size();
    long ticks = proxy.processorTicks();
    Thread.sleep(2_000);
    assertThat(proxy.processorTicks() - ticks).as("ticks of 10 ms in 2 s").isLessThan(20);
    assertThat(proxy.said().size() - lines).as("lines in 2 s").isBetween(1, 3);
    assertThat(proxy.said()).last().asString().contains("EMFILE", "more like it left out");
  }

  private static void assertCounted(Map<String, String> counters) {
    assertThat(Integer.parseInt(counters.get("accept_pauses"))).isGreaterThan(10);
    assertThat(counters)
        .containsEntry("descriptors_exhausted", "1")
        .containsEntry("closed", Integer.toString(OPEN + WAITING));
  }

  private static void limit(ProxyUnderTest proxy, int descriptors) throws Exception {
    // As the proxy's own user: root may be without CAP_SYS_RESOURCE in a container.
    Command.of(
            "setpriv",
            "--reuid=1337",
            "--regid=1337",
            "--clear-groups",
            "prlimit",
            "--pid=" + proxy.pid(),
            "--nofile=" + descriptors + ":")
        .runOrThrow();
  }

  /** The number that the next descriptor would get; with a limit of it there is none. */
  private static int lowestFree(ProxyUnderTest proxy) {
    int number = 0;
    while (Files.exists(
        Path.of("/proc/" + proxy.pid() + "/fd/" + number), LinkOption.NOFOLLOW_LINKS)) {
      number++;
    }
    return number;
  }
}
