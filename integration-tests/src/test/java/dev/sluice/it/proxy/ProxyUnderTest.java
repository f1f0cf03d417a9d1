// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** A running {@code sluice proxy}: what it says, what it holds, and how it ends. */
public final class ProxyUnderTest implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final LabProcess process;
  private final Path log;
  private final Path proc;
  private int idleDescriptors;

  private ProxyUnderTest(LabProcess process, Path log) {
    this.process = process;
    this.log = log;
    this.proc = Path.of("/proc", Long.toString(process.pid()));
  }

  /** Starts it as the user that the rules exempt, and waits until it listens. */
  public static ProxyUnderTest start(
      Mesh mesh, Party party, InterceptionMode mode, String... options) throws IOException {
    RunAs rights = mode == InterceptionMode.TPROXY ? RunAs.PROXY_NET_ADMIN : RunAs.PROXY;
    Path log = mesh.folder().resolve("access.log");
    List<String> words = new ArrayList<>(List.of("--access-log", log.toString()));
    words.addAll(List.of(options));
    return start(mesh, party, rights, log, command(mesh, mode, words));
  }

  /** Starts {@code command}, whose access log is {@code log}, with the rights given. */
  public static ProxyUnderTest start(
      Mesh mesh, Party party, RunAs rights, Path log, List<String> command) throws IOException {
    // One stream keeps the order of the lines; exec keeps the process id.
    List<String> words = new ArrayList<>(List.of("bash", "-c", "exec \"$@\" 2>&1", "proxy"));
    words.addAll(command);
    ProxyUnderTest proxy = new ProxyUnderTest(mesh.start(party, rights, words), log);
    try {
      proxy.process.awaitLine("sluice proxy: listening", Duration.ofSeconds(20));
    } catch (LabException e) {
      throw new LabException(e.getMessage() + "; it said " + proxy.said());
    }
    proxy.idleDescriptors = proxy.descriptors();
    return proxy;
  }

  /** The launcher with {@code proxy}, the mode and further options. */
  public static List<String> command(Mesh mesh, InterceptionMode mode, List<String> options) {
    List<String> words =
        new ArrayList<>(List.of(mesh.launcher(), "proxy", "--interception-mode", mode.name()));
    words.addAll(options);
    return words;
  }

  public long pid() {
    return process.pid();
  }

  /** Everything that it has said so far. */
  public List<String> said() {
    return process.lines();
  }

  /** Its open descriptors. */
  int descriptors() throws IOException {
    try (var folder = Files.list(proc.resolve("fd"))) {
      return (int) folder.count();
    }
  }

  /** Takes the present number of descriptors for that of an idle proxy: after a warm-up. */
  void noteIdle() throws IOException {
    idleDescriptors = descriptors();
  }

  /** How many descriptors it has open beyond those of an idle proxy. */
  int openedDescriptors() throws IOException {
    return descriptors() - idleDescriptors;
  }

  /** Waits until it has given every descriptor back. */
  void awaitIdle() {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(PAUSE)
        .atMost(PATIENCE)
        .until(this::openedDescriptors, opened -> opened == 0);
  }

  /** Waits until it has {@code count} descriptors open beyond those of an idle proxy. */
  void awaitOpened(Callable<Integer> count) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(PAUSE)
        .atMost(PATIENCE)
        .until(() -> openedDescriptors() - count.call(), difference -> difference == 0);
  }

  /** Its resident memory in bytes. */
  long residentBytes() throws IOException {
    String line =
        Files.readAllLines(proc.resolve("status")).stream()
            .filter(text -> text.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
  }

  /** The processor time that it has used, in ticks of 10 ms. */
  long processorTicks() throws IOException {
    String stat = Files.readString(proc.resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  /** The complete lines of the access log. */
  public List<Map<String, String>> records() throws IOException {
    return records(log);
  }

  static List<Map<String, String>> records(Path file) throws IOException {
    String text = Files.exists(file) ? Files.readString(file) : "";
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(Logfmt::parse).toList();
  }

  /** Waits for the one line about the connection that {@code client} made. */
  Map<String, String> record(Wire client) {
    List<Map<String, String>> lines =
        await()
            .alias("a line with source " + client.local())
            .pollDelay(Duration.ZERO)
            .pollInterval(PAUSE)
            .atMost(PATIENCE)
            .until(() -> recordsOf(client), found -> !found.isEmpty());
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  private List<Map<String, String>> recordsOf(Wire client) throws IOException {
    return records().stream().filter(line -> client.local().equals(line.get("source"))).toList();
  }

  /** Waits until the log has a connection that went there. */
  void awaitUpstream(String address) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(PAUSE)
        .atMost(PATIENCE)
        .until(() -> records().stream().anyMatch(line -> address.equals(line.get("upstream"))));
  }

  /** Waits until the log has {@code count} lines with {@code outcome}. */
  void awaitOutcomes(String outcome, int count) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(PAUSE)
        .atMost(PATIENCE)
        .until(() -> outcomes(outcome), found -> found >= count);
  }

  long outcomes(String outcome) throws IOException {
    return records().stream().filter(line -> outcome.equals(line.get("outcome"))).count();
  }

  /** Sends a signal by its name, such as {@code USR1}. */
  void signal(String name) throws IOException {
    Command.of("kill", "-" + name, Long.toString(pid())).runOrThrow();
  }

  /** Tells it to stop, and expects that it does with success; the counters of its last line. */
  public Map<String, String> stop() throws IOException {
    signal("TERM");
    assertThat(awaitEnd()).as("exit code after SIGTERM").isZero();
    assertThat(said()).last().asString().startsWith("sluice proxy: stopped ");
    return Logfmt.parse(said().getLast());
  }

  /** Waits for its end; the exit code. */
  int awaitEnd() throws LabException {
    return process.awaitEnd(PATIENCE);
  }

  @Override
  public void close() throws LabException {
    process.close();
  }
}
