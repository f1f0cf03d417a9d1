// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A running {@code sluice node} in the namespace of a node. */
final class NodeProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Path folder;
  private final Process process;

  private NodeProcess(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
  }

  /** Starts it with an access log and waits until it serves. */
  static NodeProcess start(NodeWorld world, String... options) throws IOException {
    NodeProcess process = launch(world, options);
    process.awaitLine("serving, outbound");
    return process;
  }

  /** The same in a cgroup. */
  static NodeProcess startIn(Path cgroup, NodeWorld world, String... options) throws IOException {
    List<String> join =
        List.of(
            "sh",
            "-c",
            "echo $$ >\"$0\" && exec \"$@\"",
            cgroup.resolve("cgroup.procs").toString());
    NodeProcess process = launch(join, world, options);
    process.awaitLine("serving, outbound");
    return process;
  }

  /** Starts it and doesn't wait. */
  static NodeProcess launch(NodeWorld world, String... options) throws IOException {
    return launch(List.of(), world, options);
  }

  private static NodeProcess launch(List<String> before, NodeWorld world, String... options)
      throws IOException {
    Path folder = Files.createTempDirectory("slt-node-");
    List<String> words = new ArrayList<>(before);
    words.addAll(
        List.of(
            "nsenter",
            "--net=" + world.path(),
            "--",
            Checkout.script("sluice"),
            "node",
            "--scan-interval",
            "50ms",
            "--access-log",
            folder.resolve("access.log").toString()));
    words.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.redirectErrorStream(true).redirectOutput(folder.resolve("said").toFile());
    return new NodeProcess(folder, builder.start());
  }

  long pid() {
    return process.pid();
  }

  List<String> said() throws IOException {
    return Files.readString(folder.resolve("said"), StandardCharsets.UTF_8).lines().toList();
  }

  /** Waits for a line that holds all of {@code texts}. */
  String awaitLine(String... texts) {
    return await()
        .alias("a line with " + String.join(" and ", texts))
        .pollDelay(Duration.ZERO)
        .pollInterval(PAUSE)
        .atMost(PATIENCE)
        .until(
            () -> {
              List<String> lines = said();
              List<String> found =
                  lines.stream().filter(line -> Stream.of(texts).allMatch(line::contains)).toList();
              if (found.isEmpty() && !process.isAlive()) {
                throw new IllegalStateException("it ended: " + lines);
              }
              return found;
            },
            found -> !found.isEmpty())
        .getFirst();
  }

  void awaitPods(NodeWorld world, int... pods) {
    for (int pod : pods) {
      awaitLine("pod " + world.uid(pod) + ": served");
    }
  }

  /** The access log's complete lines about {@code direction}. */
  List<Map<String, String>> records(String direction) throws IOException {
    Path log = folder.resolve("access.log");
    String text = Files.exists(log) ? Files.readString(log) : "";
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .map(Logfmt::parse)
        .filter(line -> direction.equals(line.get("direction")))
        .toList();
  }

  int descriptors() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
      return (int) files.count();
    }
  }

  /** What its open descriptors are, as {@code /proc} has it. */
  List<String> links() throws IOException {
    List<String> links = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
      for (Path file : files.toList()) {
        try {
          links.add(Files.readSymbolicLink(file).toString());
        } catch (NoSuchFileException e) {
          // Closed since.
        }
      }
    }
    return links;
  }

  /** What every thread may do: the lines of its capabilities, each that there is once. */
  Set<String> rights() throws IOException {
    Set<String> rights = new TreeSet<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid()), "task"))) {
      for (Path thread : threads.toList()) {
        try {
          Files.readAllLines(thread.resolve("status")).stream()
              .filter(line -> line.matches("(Cap|NoNewPrivs).*"))
              .forEach(rights::add);
        } catch (IOException e) {
          if (Files.exists(thread)) {
            throw e;
          }
        }
      }
    }
    return rights;
  }

  void signal(String name) throws IOException {
    Command.of("kill", "-" + name, Long.toString(pid())).runOrThrow();
  }

  /** Ends it by a signal and waits. */
  int end(String signal) throws Exception {
    signal(signal);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it ends after SIG" + signal).isTrue();
    return process.exitValue();
  }

  int awaitEnd() throws Exception {
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it ends").isTrue();
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
