// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.telemetry.Logfmt;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** An access log that can't be written delays nobody, and every line that is lost is counted. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AccessLogIT {
  /** More than the queue and the pipe take. */
  private static final int FLOOD = 20_000;

  private static final InetSocketAddress PROXY_ITSELF =
      new InetSocketAddress(Family.IPV4.loopback(), 15001);

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);

  AccessLogIT() throws Exception {}

  @AfterAll
  void close() throws Exception {
    mesh.close();
  }

  @Test
  void goesOnWhenTheReaderOfAPipeStops() throws Exception {
    Path pipe = mesh.folder().resolve("pipe");
    Command.of("mkfifo", "-m", "666", pipe.toString()).runOrThrow();
    try (ProxyUnderTest proxy = start(pipe)) {
      mesh.connectInVain(Party.CLIENT, PROXY_ITSELF, FLOOD);
      assertServesInTime(proxy);
      FutureTask<List<String>> reader = Background.start(() -> Files.readAllLines(pipe));
      await().atMost(Duration.ofSeconds(5)).until(() -> saidLost(proxy));
      Map<String, String> counters = proxy.stop();
      List<Map<String, String>> lines = reader.get().stream().map(Logfmt::parse).toList();
      assertAccounted(lines, counters);
      assertThat(counters).containsEntry("connections", Integer.toString(FLOOD + 1));
    }
  }

  private static boolean saidLost(ProxyUnderTest proxy) {
    return proxy.said().stream().anyMatch(line -> line.matches(".*access log lost \\d+ lines.*"));
  }

  @Test
  void countsEveryLineThatTheDiskRefuses() throws Exception {
    try (ProxyUnderTest proxy = start(Path.of("/dev/full"))) {
      long begin = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        mesh.connectInVain(Party.CLIENT, PROXY_ITSELF, 1);
        Thread.sleep(20);
      }
      assertServesInTime(proxy);
      long seconds = 1 + (System.nanoTime() - begin) / 1_000_000_000L;
      assertThat(proxy.said())
          .filteredOn(line -> line.contains("No space left on device"))
          .hasSizeBetween(2, (int) seconds + 1);
      assertThat(proxy.stop())
          .containsEntry("connections", "101")
          .containsEntry("access_log_lost", "101");
    }
  }

  @Test
  void writesAgainWhenTheDiskHasRoom() throws Exception {
    Path disk = mesh.folder();
    Path log = disk.resolve("access.log");
    try (ProxyUnderTest proxy = startOnSmallDisk(disk, log)) {
      Path seen = Path.of("/proc/" + proxy.pid() + "/root" + disk);
      serve(proxy, 100);
      assertThat(ProxyUnderTest.records(seen.resolve("access.log"))).hasSizeLessThan(100);
      Files.delete(seen.resolve("filler"));
      serve(proxy, 10);
      await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> Files.readString(seen.resolve("access.log")).contains(" lost="));
      serve(proxy, 1);
      Path copy = mesh.folder().resolve("copy.log");
      // The mount goes with the process.
      await()
          .atMost(Duration.ofSeconds(5))
          .until(
              () -> Files.readAllLines(seen.resolve("access.log")).getLast().contains("outcome="));
      Files.copy(seen.resolve("access.log"), copy);
      assertAccounted(ProxyUnderTest.records(copy), proxy.stop());
    }
  }

  @Test
  void losesNoLineWhenTheFileIsRotated() throws Exception {
    Path log = mesh.folder().resolve("access.log");
    Path old = log.resolveSibling("access.log.1");
    try (ProxyUnderTest proxy = start(log)) {
      serve(proxy, 10);
      await().until(() -> ProxyUnderTest.records(log).size() == 10);
      Files.move(log, old);
      serve(proxy, 10);
      // The writer rests between two writes: what it has not written yet would go to the new file.
      await().until(() -> ProxyUnderTest.records(old).size() == 20);
      proxy.signal("USR1");
      await().until(() -> Files.exists(log));
      serve(proxy, 10);
      assertThat(proxy.stop())
          .containsEntry("connections", "30")
          .doesNotContainKey("access_log_lost");
      assertThat(ProxyUnderTest.records(old)).hasSize(20);
      assertThat(ProxyUnderTest.records(log)).hasSize(10);
    }
  }

  /** Each connection is in the log or counted as lost, and the log itself says how many are. */
  private static void assertAccounted(
      List<Map<String, String>> lines, Map<String, String> counters) {
    long lost = Long.parseLong(counters.get("access_log_lost"));
    long connections = Long.parseLong(counters.get("connections"));
    assertThat(lost).isPositive();
    assertThat(lines)
        .filteredOn(
            line -> "loop".equals(line.get("outcome")) || "closed".equals(line.get("outcome")))
        .hasSize((int) (connections - lost));
    assertThat(
            lines.stream().mapToLong(line -> Long.parseLong(line.getOrDefault("lost", "0"))).sum())
        .isEqualTo(lost);
  }

  private void assertServesInTime(ProxyUnderTest proxy) throws Exception {
    long begin = System.nanoTime();
    serve(proxy, 1);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(1));
  }

  /** Connections that are served to their end. */
  private void serve(ProxyUnderTest proxy, int count) throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, Family.IPV4)) {
      InetSocketAddress server =
          Mesh.address(Party.SERVER, Family.IPV4, listener.socket().getLocalPort());
      for (int i = 0; i < count; i++) {
        try (Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
          pair.exchange(10, 10);
        }
      }
    }
    proxy.awaitIdle();
  }

  private ProxyUnderTest start(Path log) throws Exception {
    return ProxyUnderTest.start(mesh, Party.CLIENT, RunAs.PROXY, log, command(log));
  }

  private List<String> command(Path log) {
    return ProxyUnderTest.command(
        mesh, InterceptionMode.REDIRECT, List.of("--access-log", log.toString()));
  }

  /** A page of room is left, in a mount that nobody but the proxy has. */
  private ProxyUnderTest startOnSmallDisk(Path disk, Path log) throws Exception {
    String script =
        """
        mount -t tmpfs -o size=64k,mode=777 none "$1"
        head -c 60k /dev/zero >"$1/filler"
        shift
        exec setpriv --reuid 1337 --regid 1337 --clear-groups "$@"
        """;
    List<String> words =
        new ArrayList<>(
            List.of("unshare", "-m", "bash", "-ec", script, "small-disk", disk.toString()));
    words.addAll(command(log));
    return ProxyUnderTest.start(mesh, Party.CLIENT, RunAs.ROOT, log, words);
  }
}
