// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bench.peers.Peers;
import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** {@code scripts/bench --peers}, short: what it writes, and who gets no line. */
class PeersIT {
  /** In a mount namespace of its own, where HAProxy is a program that ends at once. */
  private static final String WITHOUT_HAPROXY =
      "mount --bind /bin/true /usr/sbin/haproxy && exec \"$@\"";

  @TempDir private Path folder;

  PeersIT() {
    folder = Path.of(".");
  }

  @Test
  @Timeout(240)
  void measuresWhatIsThereAndNamesTheRest() throws Exception {
    Path json = folder.resolve("peers.jsonl");
    Path plots = folder.resolve("plots");
    CommandResult result =
        run(
            "--quick",
            "--only=redirect,haproxy,nginx,linkerd2-proxy",
            "--json=" + json,
            "--plots=" + plots);

    assertThat(result.output())
        .as(result.errors())
        .contains(
            "not in this run: linkerd2-proxy",
            "no line: haproxy",
            "figures mean nothing",
            "figures: ");
    assertThat(result.exitCode()).as("a variant failed").isEqualTo(1);
    assertThat(lines(result.output(), "redirect  ")).isNotEmpty();
    assertThat(lines(result.output(), "haproxy  ")).isEmpty();
    List<String> figures = Files.readAllLines(json);
    figures.forEach(PeersIT::parse);
    for (String variant : List.of("direct", "direct-again", "redirect", "nginx")) {
      assertThat(figures)
          .as(variant)
          .anyMatch(
              line ->
                  line.startsWith("{\"kind\":\"metric\",\"variant\":\"" + variant + "\"")
                      && line.contains("\"metric\":\"requests\""));
    }
    assertThat(figures)
        .anyMatch(line -> line.contains("\"failed\"") && line.contains("haproxy"))
        .anyMatch(line -> line.contains("\"missing\"") && line.contains("linkerd2-proxy"))
        .anyMatch(line -> line.contains("\"target\"") && line.contains("verdict"))
        .noneMatch(line -> line.contains("\"metric\"") && line.contains("\"haproxy\""));
    assertThat(pictures(plots)).contains("throughput", "latency", "memory-by-connections");
  }

  @Test
  void refusesAVariantThatItDoesNotKnow() throws Exception {
    CommandResult result = run("--only=redirect,varnish");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors()).contains("--only varnish: expected some of direct,");
  }

  private static CommandResult run(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", WITHOUT_HAPROXY, "sh"));
    command.addAll(
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dsluice.home=" + Checkout.home(),
            "-cp",
            System.getProperty("java.class.path"),
            Peers.class.getName()));
    command.addAll(List.of(options));
    return Command.of(command.toArray(String[]::new)).withTimeout(Duration.ofMinutes(4)).run();
  }

  private static List<String> lines(String output, String start) {
    return output.lines().filter(line -> line.startsWith(start)).toList();
  }

  private static void parse(String line) {
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (parser.nextToken() != null) {
        assertThat(parser.currentToken()).isNotEqualTo(JsonToken.NOT_AVAILABLE);
      }
    }
  }

  /** Those that can be opened in both forms. */
  private static List<String> pictures(Path folder) throws Exception {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".svg")).toList()) {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        assertThat(factory.newDocumentBuilder().parse(file.toFile()).getDocumentElement())
            .isNotNull();
        String name = file.getFileName().toString().replace(".svg", "");
        assertThat(ImageIO.read(folder.resolve(name + ".png").toFile())).isNotNull();
        names.add(name);
      }
    }
    return names;
  }
}
