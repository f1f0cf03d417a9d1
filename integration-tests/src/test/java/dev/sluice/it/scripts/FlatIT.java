// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bench.peers.Flat;
import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/bench --flat}, short: what it writes. */
class FlatIT {
  /** Three times what a connection takes on a quiet machine; HAProxy's takes 3.5. */
  private static final double MOST_KIBIBYTES = 4;

  @TempDir private Path folder;

  FlatIT() {
    folder = Path.of(".");
  }

  @Test
  @Timeout(180)
  void measuresEachNumberOfConnectionsAndOfServices() throws Exception {
    Path json = folder.resolve("flat.jsonl");
    CommandResult result =
        run(
            "--quick",
            "--only=direct,redirect",
            "--json=" + json,
            "--plots=" + folder.resolve("plots"));

    assertThat(result.output())
        .as(result.errors())
        .contains("10 again", "9,400", "50,000", "noise", "figures mean nothing", "figures: ");
    List<String> figures = Files.readAllLines(json);
    for (int connections : List.of(10, 1_000, 9_400)) {
      assertThat(figures)
          .anyMatch(
              line -> line.startsWith(figure("cpu_us_per_request", "connections", connections)));
      for (String way : List.of("direct", "redirect")) {
        assertThat(figures)
            .anyMatch(
                line ->
                    line.startsWith(figure("cpu_us_per_request_in_all", "connections", connections))
                        && line.contains("\"way\":\"" + way + "\""));
      }
    }
    assertThat(kibibytesForAConnection(figures))
        .as("KiB of the proxy for each of 9,400 connections")
        .isBetween(0.1, MOST_KIBIBYTES);
    for (int services : List.of(10, 100, 1_000, 10_000, 50_000)) {
      assertThat(figures)
          .anyMatch(line -> line.startsWith(figure("connect_ns", "services", services)));
    }
    for (String plot : List.of("flat-cpu", "flat-memory", "flat-lookup")) {
      assertThat(folder.resolve("plots").resolve(plot + ".svg")).isNotEmptyFile();
      assertThat(folder.resolve("plots").resolve(plot + ".png")).isNotEmptyFile();
    }
    // Too noisy, it shows no ratio and says so by its exit code.
    boolean noisy = result.output().contains("too busy");
    assertThat(result.exitCode()).isEqualTo(noisy ? 1 : 0);
  }

  @Test
  void refusesAnOptionThatItDoesNotKnow() throws Exception {
    CommandResult result = run("--rounds=7");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors()).contains("--rounds=7");
  }

  @Test
  void refusesAWayThatItCannotMeasure() throws Exception {
    CommandResult result = run("--only=direct,nginx");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors()).contains("--only nginx: expected some of direct,redirect,haproxy");
  }

  private static double kibibytesForAConnection(List<String> figures) {
    String line =
        figures.stream()
            .filter(found -> found.startsWith(figure("cpu_us_per_request", "connections", 9_400)))
            .findFirst()
            .orElseThrow();
    return (number(line, "rss_mib") - number(line, "empty_rss_mib")) * 1_024 / 9_400;
  }

  private static double number(String line, String field) {
    Matcher matcher = Pattern.compile("\"" + field + "\":([0-9.E-]+)").matcher(line);
    assertThat(matcher.find()).as("%s in %s", field, line).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  private static String figure(String kind, String what, int number) {
    return "{\"kind\":\"%s\",\"%s\":%d,".formatted(kind, what, number);
  }

  private static CommandResult run(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dsluice.home=" + Checkout.home(),
                "-cp",
                System.getProperty("java.class.path"),
                Flat.class.getName()));
    command.addAll(List.of(options));
    return Command.of(command.toArray(String[]::new)).withTimeout(Duration.ofMinutes(3)).run();
  }
}
