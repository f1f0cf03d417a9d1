// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A running {@code sluice trace --watch --json}, what it prints going to a file. Killed by close.
 */
final class WatchProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader errors;
  private final Path output;

  private WatchProcess(Process process, Path output) {
    this.process = process;
    this.errors = process.errorReader(UTF_8);
    this.output = output;
  }

  /** Starts it, and waits until it watches. */
  static WatchProcess start(Path cgroup, String... options) throws IOException {
    List<String> words =
        new ArrayList<>(List.of(Checkout.script("sluice"), "trace", "--watch", "--json"));
    words.addAll(List.of("--cgroup", cgroup.toString()));
    words.addAll(List.of(options));
    Path output = Files.createTempFile("watch", ".json");
    ProcessBuilder builder = new ProcessBuilder(words).redirectOutput(output.toFile());
    WatchProcess watch = new WatchProcess(builder.start(), output);
    String said = watch.errors.readLine();
    if (said == null || !said.equals("sluice trace: watching " + cgroup)) {
      watch.close();
      throw new IOException("sluice trace --watch said " + said);
    }
    return watch;
  }

  /** Sends it a signal, such as {@code STOP}. */
  void signal(String name) throws IOException {
    Command.of("kill", "-" + name, Long.toString(process.pid())).runOrThrow();
  }

  /** Everything so far. */
  List<TracedPath> paths() throws IOException {
    String text = Files.readString(output);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(TracedPath::parse).toList();
  }

  /** Waits until it has ended well, and gives everything. */
  List<TracedPath> end() throws IOException, InterruptedException {
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("sluice trace --watch did not end well: " + process + paths());
    }
    return paths();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    errors.close();
    Files.deleteIfExists(output);
  }
}
