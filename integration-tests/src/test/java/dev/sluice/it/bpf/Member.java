// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.util.concurrent.TimeUnit;

/** A Python program that runs in a cgroup, and is talked to line by line. */
final class Member implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final Writer input;

  private Member(Process process) {
    this.process = process;
    this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    this.input = process.outputWriter(UTF_8);
  }

  static Member start(TestCgroup cgroup, String program) throws IOException {
    String join = "echo $$ > " + cgroup.path().resolve("cgroup.procs");
    return new Member(
        new ProcessBuilder("sh", "-c", join + " && exec python3 -u -c \"$1\"", "sh", program)
            .redirectErrorStream(true)
            .start());
  }

  String readLine() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("reading from a member of the cgroup: it has ended");
    }
    return line;
  }

  void writeLine(String line) throws IOException {
    input.write(line + "\n");
    input.flush();
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
