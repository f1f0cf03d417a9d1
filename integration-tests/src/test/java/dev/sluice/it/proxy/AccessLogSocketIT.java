// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever may reads the access log along, and delays nobody. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AccessLogSocketIT {
  /** More than queue, buffer and socket take. */
  private static final int FLOOD = 20_000;

  private static final int NOBODY_LISTENS = 9;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Pattern LOST = Pattern.compile("\"sluice\":\\{\"lost\":(\\d+),");
  private static final InetSocketAddress PROXY_ITSELF =
      new InetSocketAddress(Family.IPV4.loopback(), 15001);

  /** Says of each line what a collector would, by a parser of its own. */
  private static final String READER =
      """
      import json, socket, sys
      reader = socket.socket(socket.AF_UNIX)
      reader.connect(sys.argv[1])
      print('reads', flush=True)
      for line in reader.makefile():
          told = json.loads(line)
          print(told['sluice']['outcome'], told['downstream_remote_address'],
                told['downstream_local_address'], told['bytes_sent'], flush=True)
      print('end', flush=True)
      """;

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);

  AccessLogSocketIT() throws Exception {}

  @AfterAll
  void close() throws Exception {
    mesh.close();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void tellsTheProxysUserWhatEnds(Family family) throws Exception {
    Path folder = mesh.folder();
    try (ProxyUnderTest proxy = start(folder);
        LabProcess reader = read(RunAs.PROXY, folder);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      InetSocketAddress server =
          Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
      Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener);
      pair.exchange(5, 10);
      pair.hangUp();
      InetSocketAddress nobody = Mesh.address(Party.SERVER, family, NOBODY_LISTENS);
      String local;
      try (Wire client = mesh.connect(Party.CLIENT, nobody)) {
        assertThat(client.ending()).isEqualTo(Wire.Ending.RESET);
        local = client.local();
      }
      awaitLines(reader, 3);
      assertThat(reader.lines())
          .containsExactlyInAnyOrder(
              "reads",
              "closed %s %s 10".formatted(pair.client().local(), text(server)),
              "upstream_refused %s %s 0".formatted(local, text(nobody)));
      assertThat(proxy.stop()).doesNotContainKey("access_log_stream_lost");
      awaitLines(reader, 4);
      assertThat(reader.lines()).last().isEqualTo("end");
      assertThat(socket(folder)).doesNotExist();
    }
  }

  @Test
  void refusesOthersWhateverTheFileLets() throws Exception {
    Path folder = mesh.folder();
    try (ProxyUnderTest proxy = start(folder)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket(folder))))
          .isEqualTo("rw-rw----");
      assertThat(Files.getAttribute(socket(folder), "unix:gid")).isEqualTo(RunAs.PROXY_UID);
      Command.of("chmod", "666", socket(folder).toString()).runOrThrow();
      try (LabProcess reader = read(RunAs.APPLICATION, folder)) {
        awaitLines(reader, 2);
        assertThat(reader.lines()).containsExactly("reads", "end");
      }
      assertThat(proxy.said())
          .filteredOn(line -> line.contains("access_log.sock refused process "))
          .singleElement()
          .asString()
          .contains(" of user 1000 and group 1000; expected user 0 or 1337, or group 1337");
    }
  }

  @Test
  void letsMembersOfTheGroupInBySupplementaryGroups() throws Exception {
    Path folder = mesh.folder();
    try (ProxyUnderTest proxy = start(folder)) {
      List<String> words =
          List.of(
              "setpriv",
              "--reuid=1000",
              "--regid=1000",
              "--groups=5," + RunAs.PROXY_UID + ",70000",
              "--",
              "/usr/bin/python3",
              "-c",
              READER,
              socket(folder).toString());
      try (LabProcess reader = mesh.start(Party.CLIENT, RunAs.ROOT, words)) {
        awaitLines(reader, 1);
        mesh.connectInVain(Party.CLIENT, PROXY_ITSELF, 1);
        awaitLines(reader, 2);
        assertThat(reader.lines()).first().isEqualTo("reads");
        assertThat(reader.lines()).last().asString().startsWith("loop ");
      }
      assertThat(proxy.said()).noneMatch(line -> line.contains("refused process "));
    }
  }

  @Test
  void countsWhatAReaderMissesAndTellsIt() throws Exception {
    Path folder = mesh.folder();
    try (ProxyUnderTest proxy = start(folder);
        SocketChannel slow = SocketChannel.open(UnixDomainSocketAddress.of(socket(folder)))) {
      mesh.connectInVain(Party.CLIENT, PROXY_ITSELF, FLOOD);
      long begin = System.nanoTime();
      serve();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(1));
      FutureTask<List<String>> reader = Background.start(() -> lines(slow));
      proxy.awaitOutcomes("closed", 1);
      Map<String, String> counters = proxy.stop();
      long lost = 0;
      long told = 0;
      for (String line : reader.get()) {
        Matcher missing = LOST.matcher(line);
        lost += missing.find() ? Long.parseLong(missing.group(1)) : 0;
        told += line.contains("\"outcome\":") ? 1 : 0;
      }
      assertThat(counters)
          .containsEntry("access_log_stream_lost", Long.toString(lost))
          .doesNotContainKey("access_log_lost");
      assertThat(lost).isPositive();
      assertThat(lost + told).isEqualTo(FLOOD + 1);
    }
  }

  @Test
  void isServedByWhoeverTookOver() throws Exception {
    Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
    Path folder = mesh.folder();
    String option = "--admin-socket=" + folder.resolve("admin.sock");
    try (ProxyUnderTest old = restarts.first(option);
        LabProcess first = read(RunAs.PROXY, folder);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, Family.IPV4);
        Pair pair = Pair.of(connect(listener), listener);
        ProxyUnderTest next = restarts.next(option)) {
      assertThat(old.awaitEnd()).isZero();
      awaitLines(first, 2);
      assertThat(first.lines()).containsExactly("reads", "end");
      try (LabProcess second = read(RunAs.PROXY, folder)) {
        pair.exchange(5, 10);
        pair.hangUp();
        awaitLines(second, 2);
        assertThat(second.lines()).last().asString().startsWith("closed ").endsWith(" 10");
      }
      next.stop();
      assertThat(socket(folder)).doesNotExist();
    }
  }

  private static List<String> lines(SocketChannel channel) {
    return new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)).lines().toList();
  }

  private ProxyUnderTest start(Path folder) throws IOException {
    return ProxyUnderTest.start(
        mesh,
        Party.CLIENT,
        InterceptionMode.REDIRECT,
        "--admin-socket=" + folder.resolve("admin.sock"));
  }

  private LabProcess read(RunAs rights, Path folder) throws IOException {
    LabProcess reader =
        mesh.start(
            Party.CLIENT,
            rights,
            List.of("/usr/bin/python3", "-c", READER, socket(folder).toString()));
    awaitLines(reader, 1);
    return reader;
  }

  private static Path socket(Path folder) {
    return folder.resolve("access_log.sock");
  }

  private static void awaitLines(LabProcess process, int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(process.lines())
                    .as(process::lastErrors)
                    .hasSizeGreaterThanOrEqualTo(count));
  }

  private void serve() throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, Family.IPV4);
        Pair pair = Pair.of(connect(listener), listener)) {
      pair.exchange(10, 10);
    }
  }

  private Wire connect(ServerSocketChannel listener) throws Exception {
    return mesh.connect(
        Party.CLIENT, Mesh.address(Party.SERVER, Family.IPV4, listener.socket().getLocalPort()));
  }

  private static String text(InetSocketAddress address) {
    return AddressText.of(address);
  }
}
