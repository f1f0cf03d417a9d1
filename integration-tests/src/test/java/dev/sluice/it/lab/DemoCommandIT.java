// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.observe.ObserveProcess;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sluice demo} as its users meet it. */
final class DemoCommandIT {

  @Test
  void passesWithJsonAloneOnStandardOutputWhenNothingIsTouched() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", "excluded-port", "--json")) {
      assertThat(demo.exitCode()).isZero();
      assertThat(demo.output().strip())
          .startsWith("{\"scenarios\":[")
          .endsWith("}")
          .hasLineCount(1);
      for (Family family : Family.values()) {
        String dialled = Family.endpoint(Party.SERVER.address(family), 15_090);
        assertThat(demo.output())
            .containsPattern(
                "\"trace\":\\{\"hops\":\\d+,\"not_observed\":0,\"path\":\"connect "
                    + Pattern.quote(dialled)
                    + " \\| python3 at "
                    + Pattern.quote(dialled)
                    + " sees ");
      }
      assertThat(demo.errors()).contains("pass  excluded-port");
      assertThat(demo.remains()).isEmpty();
    }
  }

  /** Random ones; the name of each test says which, so that a failure can be repeated. */
  static IntStream moments() {
    return new Random().ints(8, 50, 2_000);
  }

  @ParameterizedTest
  @MethodSource("moments")
  void leavesNothingWhenInterrupted(int milliseconds) throws Exception {
    String name = milliseconds % 4 < 2 ? "redirect-both" : "socket-mode";
    try (DemoProcess demo = DemoProcess.start("--only", name)) {
      Thread.sleep(milliseconds);
      demo.signal(milliseconds % 2 == 0 ? "TERM" : "INT");

      assertThat(demo.exitCode()).isIn(130, 143);
      assertThat(demo.remains()).isEmpty();
    }
  }

  @Test
  void removesWhatAKilledRunLeftOnTheNextRun() throws Exception {
    try (DemoProcess killed = DemoProcess.start("--only", "tproxy-inbound", "--hold")) {
      killed.awaitErrors("Press Enter");
      killed.signal("KILL");
      assertThat(killed.exitCode()).isEqualTo(137);
      assertThat(killed.remains()).hasSize(4);
      assertThat(processesIn("sluice-" + killed.pid() + "-server")).isEmpty();
      try (DemoProcess next = DemoProcess.start("--only", "none")) {
        assertThat(next.exitCode()).isZero();
      }
      assertThat(killed.remains()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lb-on-bypass", "socket-mode"})
  void removesCgroupsAndPinsThatAKilledRunLeftOnTheNextRun(String name) throws Exception {
    try (DemoProcess killed = DemoProcess.start("--only", name, "--hold")) {
      killed.awaitErrors("Press Enter");
      killed.signal("KILL");
      assertThat(killed.exitCode()).isEqualTo(137);
      // Three namespaces and the folder, the cgroups, and pins that hold the programs in force.
      assertThat(killed.remains()).hasSize(6);
      try (DemoProcess next = DemoProcess.start("--only", "none")) {
        assertThat(next.exitCode()).isZero();
      }
      assertThat(killed.remains()).isEmpty();
      assertThat(Files.readString(Path.of("/proc/self/mounts")))
          .doesNotContain("demo-" + killed.pid());
    }
  }

  @Test
  void twoDemosAtOnceDoNotHarmEachOther() throws Exception {
    try (DemoProcess one = DemoProcess.start("--only", "redirect-inbound");
        DemoProcess other = DemoProcess.start("--only", "redirect-outbound")) {
      assertThat(one.exitCode()).as(one.errors()).isZero();
      assertThat(other.exitCode()).as(other.errors()).isZero();
    }
  }

  @Test
  void runsFromACheckoutThatTheProxysUserCannotRead(@TempDir Path folder) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Path copy = folder.resolve("checkout");
    Files.createDirectories(copy.resolve("core"));
    copy("scripts", copy);
    Files.createDirectories(copy.resolve("core/target"));
    for (String part : List.of("lib", "native")) {
      copy("core/target/" + part, copy.resolve("core/target"));
    }
    try (var jars =
        Files.newDirectoryStream(Checkout.home().resolve("core/target"), "sluice-core-*.jar")) {
      for (Path jar : jars) {
        Files.copy(jar, copy.resolve("core/target").resolve(jar.getFileName()));
      }
    }
    String launcher = copy.resolve("scripts/sluice").toString();
    try (DemoProcess demo = DemoProcess.start(launcher, List.of(), "--only", "redirect-outbound")) {
      assertThat(demo.exitCode()).as(demo.errors()).isZero();
      assertThat(demo.remains()).isEmpty();
    }
  }

  /** Observed beside it, whose proxies are found without being named. */
  @Test
  void isObservedAndWritesAReportThatNamesNoOtherPage(@TempDir Path folder) throws Exception {
    Path report = folder.resolve("report.html");
    TestCgroup cgroup = TestCgroup.create("demo");
    try {
      List<Map<String, String>> records;
      try (ObserveProcess observe = ObserveProcess.follow(cgroup.path());
          DemoProcess demo =
              DemoProcess.start(
                  Checkout.script("sluice"),
                  inside(cgroup),
                  "--only=denied-service-ip",
                  "--report=" + report)) {
        assertThat(demo.exitCode()).as(demo.errors()).isZero();
        records = observe.end();
      }
      assertThat(records).isNotEmpty().noneMatch(flow -> flow.containsKey("lost"));
      for (Family family : Family.values()) {
        assertThat(records)
            .anySatisfy(
                flow ->
                    assertThat(flow)
                        .containsEntry("destination", Family.endpoint(family.serviceIp(), 8082))
                        .containsEntry("mode", "proxied")
                        .containsEntry("interception", "redirect")
                        .containsEntry("verdict", "DENIED"));
      }
      assertThat(Files.readString(report))
          .contains("<svg", "denied-service-ip", "default/deny-ledger")
          .doesNotContain("http://", "https://", "<script", "url(", "@import");
    } finally {
      // Its members have gone a moment after they have ended.
      await().ignoreExceptions().until(() -> removed(cgroup));
    }
  }

  /** Words before a command that make it a member. */
  private static List<String> inside(TestCgroup cgroup) {
    String join = "echo $$ > \"$0\" && exec \"$@\"";
    return List.of("sh", "-c", join, cgroup.path().resolve("cgroup.procs").toString());
  }

  private static boolean removed(TestCgroup cgroup) throws IOException {
    cgroup.close();
    return true;
  }

  /** Both proxies' records and every rule are there only if the connection was really followed. */
  @Test
  void drawsThePathOfAScenarioAsItWasTraced(@TempDir Path folder) throws Exception {
    Path report = folder.resolve("report.html");
    try (DemoProcess demo =
        DemoProcess.start("--only", "redirect-both,host-filter", "--report", report.toString())) {
      assertThat(demo.exitCode()).as(demo.errors()).isZero();
      assertThat(demo.remains()).isEmpty();
    }
    String page = Files.readString(report);
    for (String family : List.of("ipv4", "ipv6")) {
      String drawing = page.substring(page.indexOf("aria-label=\"redirect-both, " + family + "\""));
      drawing = drawing.substring(0, drawing.indexOf("</svg>"));
      assertThat(drawing)
          .contains("aria-label=\"connect(), in ", "outbound by redirect", "inbound by redirect")
          .containsPattern("SLUICE_REDIRECT handle \\d+, in ")
          .containsPattern("the server, python3 \\(process \\d+\\), in ")
          .doesNotContain("not-observed");
    }
    for (String family : List.of("ipv4", "ipv6")) {
      String drawing = page.substring(page.indexOf("aria-label=\"host-filter, " + family + "\""));
      // A proxy of others keeps no record: what lies behind it is left open, and who has it named.
      assertThat(drawing.substring(0, drawing.indexOf("</svg>")))
          .containsPattern("SLUICE_REDIRECT handle \\d+, in ")
          .containsPattern("accepted by python3 \\(process \\d+\\), in ")
          .contains("whether and where the connection went on from there, not observed")
          .doesNotContain("the server, ");
    }
  }

  @Test
  void keepsTheSceneAndSaysWhereItsPageIs() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--keep", "--page")) {
      demo.awaitErrors("Press Enter to take it down.");
      List<String> pages =
          demo.errors()
              .lines()
              .filter(line -> line.startsWith("Page of the "))
              .map(line -> line.substring(line.indexOf("http://")))
              .toList();
      assertThat(pages).hasSize(2);
      for (String page : pages) {
        assertThat(curl(page)).contains("200 OK", "Content-Security-Policy: ", "/live.js");
        // From this look on, what ends is kept.
        assertThat(curl(page + "live.json")).contains("200 OK", "redirect");
      }
      Command.of(printedConnection(demo.errors())).runOrThrow();
      for (String page : pages) {
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(
                () -> assertThat(curl(page + "live.json")).contains("200 OK", "10.7.2.2:8081"));
      }
      demo.pressEnter();
      assertThat(demo.exitCode()).as(demo.errors()).isZero();
      assertThat(demo.remains()).isEmpty();
      assertThat(Command.of("curl", "-s", pages.getFirst()).run().exitCode()).isEqualTo(7);
    }
  }

  private static String[] printedConnection(String text) {
    return text.lines()
        .filter(line -> line.startsWith("Make a connection with  "))
        .map(line -> line.substring(line.indexOf("nsenter ")).split(" ", -1))
        .findFirst()
        .orElseThrow();
  }

  private static String curl(String address) throws IOException {
    return Command.of("curl", "-si", "--noproxy", "*", "--max-time", "10", address).runOrThrow();
  }

  @Test
  void takesAKeptSceneDownOnASignal() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", "none", "--keep", "--page")) {
      demo.awaitErrors("Press Enter to take it down.");
      assertThat(demo.errors()).contains("No page: no proxy of Sluice is in this scenario.");
      demo.signal("TERM");
      assertThat(demo.exitCode()).isEqualTo(143);
      assertThat(demo.remains()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--page, --page without --keep; expected both: a page ends with its proxy",
    "--keep --hold, --keep with --hold; expected one of them: each waits for Enter",
    "--keep --only none --only socket-mode, --keep with 2 scenarios; expected --only with one of"
        + " them",
  })
  void refusesToKeepWhatItCannot(String options, String why) throws Exception {
    try (DemoProcess demo = DemoProcess.start(options.split(" ", -1))) {
      assertThat(demo.exitCode()).isEqualTo(2);
      assertThat(demo.errors().strip()).isEqualTo("sluice demo: " + why);
    }
  }

  @Test
  void namesSudoInOneLineWhenNotRoot() throws Exception {
    List<String> nobody =
        List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--");
    try (DemoProcess demo = DemoProcess.start(Checkout.script("sluice"), nobody)) {
      assertThat(demo.exitCode()).isEqualTo(1);
      assertThat(demo.errors().strip()).contains("sudo").hasLineCount(1);
    }
  }

  @Test
  void refusesAnUnknownScenarioAsAWrongCommandLine() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--only", "none,no-such")) {
      assertThat(demo.exitCode()).isEqualTo(2);
      assertThat(demo.errors().strip()).contains("no-such", "--list").hasLineCount(1);
    }
  }

  /** The kernel ends the children of the killed demo: they are gone a moment after it. */
  private static String processesIn(String namespace) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    String pids;
    do {
      Thread.sleep(Duration.ofMillis(20));
      pids = Command.of("ip", "netns", "pids", namespace).runOrThrow().strip();
    } while (!pids.isEmpty() && System.nanoTime() < deadline);
    return pids;
  }

  private static void copy(String part, Path to) throws IOException {
    Command.of("cp", "-R", Checkout.home().resolve(part).toString(), to.toString()).runOrThrow();
  }
}
