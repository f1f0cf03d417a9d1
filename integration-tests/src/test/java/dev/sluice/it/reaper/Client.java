// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.reaper;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A process with sockets, told by {@code client.py}'s commands what to do with them. It is born in
 * a cgroup and lives in a network namespace without a name. Ends with close, and the namespace with
 * it.
 */
final class Client implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final Process process;
  private final BufferedReader answers;

  private Client(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** In a namespace of its own. */
  static Client alone(Path cgroup) throws Exception {
    return start(cgroup, "exec unshare --net /usr/bin/python3 - own");
  }

  /** In the namespace of the test, until it is told to {@code enter} another one. */
  static Client here(Path cgroup) throws Exception {
    return start(cgroup, "exec /usr/bin/python3 - here");
  }

  private static Client start(Path cgroup, String program) throws Exception {
    Path script = script();
    String join = "echo $$ > " + cgroup.resolve("cgroup.procs") + " && ";
    Client client =
        new Client(
            new ProcessBuilder("sh", "-c", join + program.replace(" - ", " " + script + " "))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    if (!client.answer().equals("ready")) {
      throw new IllegalStateException("starting a client: it is not ready");
    }
    Files.delete(script);
    return client;
  }

  private static Path script() throws IOException {
    Path script = Files.createTempFile("sluice-client-", ".py");
    try (InputStream content =
            Objects.requireNonNull(Client.class.getResourceAsStream("client.py"));
        OutputStream to = Files.newOutputStream(script)) {
      content.transferTo(to);
    }
    return script;
  }

  long pid() {
    return process.pid();
  }

  /** One command, and its answer. */
  String tell(String command) throws Exception {
    begin(command);
    return answer();
  }

  /** Commands one after the other, where only an IOException may be thrown. */
  void tellAll(String... commands) throws IOException {
    for (String command : commands) {
      try {
        tell(command);
      } catch (Exception e) {
        throw new IOException("telling a client to " + command, e);
      }
    }
  }

  /** One command; {@link #answer()} waits for its end. */
  void begin(String command) throws IOException {
    process.outputWriter(StandardCharsets.UTF_8).write(command + "\n");
    process.outputWriter(StandardCharsets.UTF_8).flush();
  }

  /** Waits until the command that has begun sleeps, in a call other than that for commands. */
  void awaitSleep() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    Path file = Path.of("/proc", Long.toString(process.pid()), "wchan");
    String place = Files.readString(file);
    while (place.equals("0") || place.contains("pipe")) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("waiting for a receive: the process is in " + place);
      }
      Thread.onSpinWait();
      place = Files.readString(file);
    }
  }

  String answer() throws Exception {
    return CompletableFuture.supplyAsync(this::line).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private String line() {
    try {
      return Objects.requireNonNull(answers.readLine(), "the client has ended");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
