// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.process.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process in a network namespace that is talked to line by line. Killed by close. */
final class Child implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final Writer input;

  private Child(Process process) {
    this.process = process;
    this.output = process.inputReader(UTF_8);
    this.input = process.outputWriter(UTF_8);
  }

  /** {@code membership} is the cgroup.procs that it joins first, empty for none. */
  static Child start(Command command, Path namespace, String membership) throws IOException {
    String join = membership.isEmpty() ? "" : "echo $$ > \"$0\"; ";
    List<String> words =
        new ArrayList<>(
            List.of("nsenter", "--net=" + namespace, "sh", "-c", join + "exec \"$@\"", membership));
    words.addAll(command.arguments());
    return new Child(
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  String readLine() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("reading from a child: it has ended");
    }
    return line;
  }

  void expectLine(String expected) throws IOException {
    String line = readLine();
    if (!line.equals(expected)) {
      throw new IOException("a child said \"" + line + "\"; expected \"" + expected + "\"");
    }
  }

  void writeLine(String line) throws IOException {
    input.write(line + "\n");
    input.flush();
  }

  /** Sends SIGTERM, and gives the exit code. */
  int terminate() throws InterruptedException {
    process.destroy();
    return awaitEnd();
  }

  /** The exit code. */
  int awaitEnd() throws InterruptedException {
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("waiting for a child to end: it goes on");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    output.close();
  }
}
