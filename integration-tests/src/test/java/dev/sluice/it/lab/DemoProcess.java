// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.lab;

import dev.sluice.it.Checkout;
import dev.sluice.socketlb.CgroupFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The demo as a process, with what it wrote. Closing it kills it. Thread-safe. */
final class DemoProcess implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(50);

  private final Process process;
  private final Queue<String> output = new ConcurrentLinkedQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final Thread outputReader;
  private final Thread errorReader;

  private DemoProcess(Process process) {
    this.process = process;
    this.outputReader = reader(process.getInputStream(), output);
    this.errorReader = reader(process.getErrorStream(), errors);
  }

  /** Starts {@code scripts/sluice demo}; standard input stays open. */
  static DemoProcess start(String... arguments) throws IOException {
    return start(Checkout.script("sluice"), List.of(), arguments);
  }

  /** The same through another launcher, with words in front of it. */
  static DemoProcess start(String launcher, List<String> before, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(before);
    // A shell that runs the tests in the background has them ignore SIGINT, and so their children.
    command.addAll(List.of("/usr/bin/env", "--default-signal=INT,TERM", launcher, "demo"));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return new DemoProcess(builder.start());
  }

  long pid() {
    return process.pid();
  }

  String output() {
    return String.join("\n", output);
  }

  String errors() {
    return String.join("\n", errors);
  }

  void pressEnter() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Sends a signal by its number. */
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Waits until standard error holds {@code text}. */
  void awaitErrors(String text) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!errors().contains(text)) {
      if (System.nanoTime() > deadline || (!process.isAlive() && !errorReader.isAlive())) {
        throw new AssertionError("the demo did not print '" + text + "' but:\n" + errors());
      }
      Thread.sleep(Duration.ofMillis(10));
    }
  }

  /** Waits for its end and for all that it wrote. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("the demo goes on after " + LIMIT + ":\n" + errors());
    }
    outputReader.join(LIMIT);
    errorReader.join(LIMIT);
    return process.exitValue();
  }

  /** Namespaces, cgroups and files that carry this process's id. */
  List<String> remains() throws IOException {
    Path cgroups = CgroupFolder.root().resolve("sluice-demo-" + pid());
    Path folder = Path.of("/run/sluice/demo-" + pid());
    return Stream.of("client", "host", "server")
        .map(party -> Path.of("/run/netns/sluice-" + pid() + "-" + party))
        .collect(
            () -> new ArrayList<>(List.of(folder, cgroups, folder.resolve("bpf/sluice"))),
            List::add,
            List::addAll)
        .stream()
        .filter(Files::exists)
        .map(Path::toString)
        .toList();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private static Thread reader(InputStream stream, Queue<String> text) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                lines.lines().forEach(text::add);
              } catch (IOException | UncheckedIOException e) {
                text.add("reading: " + e);
              }
            });
  }
}
