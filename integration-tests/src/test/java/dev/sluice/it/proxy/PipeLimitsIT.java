// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pipes that are smaller than was asked for, and directions that are busy without one. */
final class PipeLimitsIT {
  private static final long BYTES = 32L << 20;
  private static final long BUSY_BYTES = 8L << 20;

  /** Room for three pipes of 16, and never for one of 64. */
  private static final int PAGES = 60;

  /** With two directions each, more than an event loop has pipes for. */
  private static final int STUCK = 36;

  private static final int MOST_PIPES = 64;

  /**
   * The kernel gives a pipe of 64 KiB and refuses to make it larger: it is used all the same, and
   * that is said once, however often it happens.
   */
  @ParameterizedTest
  @EnumSource(Family.class)
  void splicesThroughPipesThatTheKernelRefusesToEnlarge(Family family) throws Exception {
    try (Intercepted intercepted = Intercepted.withPipePages(PAGES);
        ServerSocketChannel listener = intercepted.mesh().listen(Party.SERVER, family)) {
      ProxyUnderTest proxy = intercepted.proxy();
      for (int i = 0; i < 3; i++) {
        try (Pair pair = pair(intercepted.mesh(), listener, family)) {
          move(pair.client(), pair.server());
          move(pair.server(), pair.client());
          pair.hangUp();
        }
        proxy.awaitIdle();
        // More than the second in which the same isn't said again.
        Thread.sleep(1_100);
      }
      assertThat(proxy.said())
          .filteredOn(line -> line.contains("pipe"))
          .singleElement()
          .asString()
          .contains("262144", "65536", "fs.pipe-user-pages-soft", "cost more")
          .doesNotContain("copied");
      assertThat(Long.parseLong(proxy.stop().get("bytes_spliced"))).isGreaterThan(3 * BYTES);
    }
  }

  /** Nobody reads: each direction keeps the pipe that it has, and the last ones get none. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void copiesWhatIsBusyWhenAllPipesAreTaken(Family family) throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy =
            ProxyUnderTest.start(
                mesh, Party.CLIENT, InterceptionMode.REDIRECT, "--event-loops", "1");
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      for (Party party : List.of(Party.CLIENT, Party.SERVER)) {
        mesh.in(
            party,
            "sysctl",
            "-qw",
            "net.ipv4.tcp_rmem=4096 131072 1048576",
            "net.ipv4.tcp_wmem=4096 131072 1048576");
      }
      List<Pair> pairs = new ArrayList<>();
      List<Stuck> stuck = new ArrayList<>();
      for (int i = 0; i < STUCK; i++) {
        Pair pair = pair(mesh, listener, family);
        pairs.add(pair);
        stuck.add(Stuck.between(pair.client(), pair.server()));
        stuck.add(Stuck.between(pair.server(), pair.client()));
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(pipeEnds(proxy)).isEqualTo(2 * MOST_PIPES));
      for (Stuck each : stuck) {
        each.finish();
      }
      for (Pair pair : pairs) {
        pair.hangUp();
      }
      proxy.awaitIdle();
      assertThat(pipeEnds(proxy)).isZero();
      assertThat(proxy.said()).noneMatch(line -> line.contains("pipe"));
      assertThat(proxy.stop())
          .containsEntry("closed", Integer.toString(STUCK))
          .doesNotContainKeys("pipes_left", "buffers_left");
    }
  }

  /** A direction that was busy, until its reader stopped; its writer hasn't. */
  private record Stuck(FutureTask<Stream> writing, Wire reader, CRC32C sum) {
    static Stuck between(Wire writer, Wire reader) throws Exception {
      FutureTask<Stream> writing = Background.start(() -> Stream.send(writer, BYTES));
      CRC32C sum = new CRC32C();
      Stream.receive(reader, BUSY_BYTES, sum);
      return new Stuck(writing, reader, sum);
    }

    void finish() throws Exception {
      long checksum = Stream.receive(reader, BYTES - BUSY_BYTES, sum).checksum();
      assertThat(new Stream(BYTES, checksum)).isEqualTo(writing.get());
    }
  }

  private static void move(Wire from, Wire to) throws Exception {
    FutureTask<Stream> received = Background.start(() -> Stream.receive(to, BYTES));
    assertThat(Stream.send(from, BYTES)).isEqualTo(received.get());
  }

  private static Pair pair(Mesh mesh, ServerSocketChannel listener, Family family)
      throws Exception {
    InetSocketAddress server = Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
    return Pair.of(mesh.connect(Party.CLIENT, server), listener);
  }

  /** Beyond standard input and output, which may be pipes too. */
  private static long pipeEnds(ProxyUnderTest proxy) throws IOException {
    long ends = 0;
    try (var all = Files.newDirectoryStream(Path.of("/proc/" + proxy.pid() + "/fd"))) {
      for (Path each : all) {
        boolean own = Integer.parseInt(each.getFileName().toString()) > 2;
        ends += own && Files.readSymbolicLink(each).toString().startsWith("pipe:") ? 1 : 0;
      }
    }
    return ends;
  }
}
