// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A process of the bench, in a cgroup that may hold others, with its output in two files. */
final class BenchProcess implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final long PAUSE_NANOS = 1_000_000;

  private final List<String> command;
  private final Path group;
  private final Process process;
  private final Path output;
  private final Path errors;

  private BenchProcess(
      List<String> command, Path group, Process process, Path output, Path errors) {
    this.command = command;
    this.group = group;
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  /**
   * Starts one.
   *
   * @param outputs where its output and its errors go, with another ending each
   * @param piped whether its output gets there through a pipe that a thread of this process reads
   */
  static BenchProcess start(List<String> command, Path group, Path outputs, boolean piped)
      throws IOException {
    Path output = outputs.resolveSibling(outputs.getFileName() + ".out");
    Path errors = outputs.resolveSibling(outputs.getFileName() + ".err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(piped ? Redirect.PIPE : Redirect.to(output.toFile()))
            .redirectError(errors.toFile())
            .start();
    if (piped) {
      Files.deleteIfExists(output);
      Files.createFile(output);
      Thread.ofPlatform()
          .daemon()
          .name("output of " + outputs.getFileName())
          .start(() -> drain(process, output));
    }
    return new BenchProcess(command, group, process, output, errors);
  }

  /** To its end. */
  private static void drain(Process process, Path output) {
    try (InputStream from = process.getInputStream();
        OutputStream to = Files.newOutputStream(output)) {
      from.transferTo(to);
    } catch (IOException e) {
      System.err.println("bench: reading what goes to " + output + ": " + e.getMessage());
    }
  }

  /** Waits until {@code text} is in its output, or in its errors. */
  void awaitText(String text, Duration limit) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!Files.readString(output).contains(text) && !Files.readString(errors).contains(text)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("waiting for '" + text + "' of " + this + ": " + complaint());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /**
   * Waits for a line of its output that begins with {@code label}.
   *
   * @param index which of them, from 0
   * @return the number behind the label
   */
  long awaitNumber(String label, int index, Duration limit) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      String said = Files.readString(output);
      // The last line may be on its way.
      List<String> found =
          said.substring(0, said.lastIndexOf('\n') + 1)
              .lines()
              .filter(line -> line.startsWith(label))
              .toList();
      if (found.size() > index) {
        return Long.parseLong(found.get(index).substring(label.length()));
      }
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("waiting for '" + label + "' of " + this + ": " + complaint());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /**
   * Waits for its end.
   *
   * @return standard output
   * @throws IOException if it fails, or is killed at the limit
   */
  String awaitEnd(Duration limit) throws IOException {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IOException(this + " didn't end within " + limit.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("waiting for " + this + ": interrupted", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(this + " ended with " + process.exitValue() + ": " + complaint());
    }
    return Files.readString(output);
  }

  /** Its standard input. */
  OutputStream input() {
    return process.getOutputStream();
  }

  long pid() {
    return process.pid();
  }

  /** What it said, at most a few hundred characters of it. */
  String complaint() throws IOException {
    String said = Files.readString(errors, StandardCharsets.UTF_8) + Files.readString(output);
    said = said.strip().replace("\n", "; ");
    return said.isEmpty() ? "it said nothing" : said.substring(Math.max(0, said.length() - 400));
  }

  /** Memory of all processes of its cgroup, see proc_pid_smaps_rollup(5). */
  long memory(String field) throws IOException {
    long bytes = 0;
    for (long id : Pod.processesIn(group)) {
      bytes += memory(id, field);
    }
    return bytes;
  }

  static long memory(long id, String field) throws IOException {
    Path rollup = Path.of("/proc/" + id + "/smaps_rollup");
    for (String line : Files.readAllLines(rollup)) {
      if (line.startsWith(field + ":")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("reading " + rollup + ": no field " + field);
  }

  /** SIGTERM, and SIGKILL for all of its cgroup after a while. */
  @Override
  public void close() throws IOException {
    process.destroy();
    long deadline = System.nanoTime() + GRACE.toNanos();
    while (process.isAlive() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    if (process.isAlive()) {
      process.destroyForcibly();
    }
  }

  /** The program's name. */
  @Override
  public String toString() {
    List<String> words = command.subList(command.indexOf("setpriv"), command.size());
    String program = words.get(words.indexOf("--") + 1);
    return program.substring(program.lastIndexOf('/') + 1);
  }
}
