// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.LabException;
import dev.sluice.telemetry.Logfmt;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A process of the demo and every line that it has written so far. Thread-safe. Closing it sends
 * SIGTERM, and SIGKILL after a while.
 */
public final class LabProcess implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final String name;
  private final Process process;
  private final List<String> output = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private int openStreams = 2;

  LabProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    Thread.ofVirtual().start(() -> read(process.getInputStream(), output));
    Thread.ofVirtual().start(() -> read(process.getErrorStream(), errors));
  }

  /** For messages. */
  public String name() {
    return name;
  }

  /** Its id in this host's process table. */
  public long pid() {
    return process.pid();
  }

  /** Lines of standard output so far, parsed. */
  public synchronized List<Map<String, String>> events() {
    return output.stream().map(Logfmt::parse).toList();
  }

  /** Lines of standard output so far, as written. */
  public synchronized List<String> lines() {
    return List.copyOf(output);
  }

  /** The last lines of standard error, for messages. */
  public synchronized String lastErrors() {
    return String.join(" | ", errors.subList(Math.max(0, errors.size() - 3), errors.size()));
  }

  /**
   * Waits until {@code enough} lines of standard output match.
   *
   * @return the matching lines, as many as there are at the end of the wait
   */
  public synchronized List<Map<String, String>> await(
      Predicate<Map<String, String>> wanted, int enough, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      List<Map<String, String>> found = events().stream().filter(wanted).toList();
      long left = deadline - System.nanoTime();
      if (found.size() >= enough || left <= 0 || openStreams == 0) {
        return found;
      }
      pause(left);
    }
  }

  /**
   * Waits for a line on either stream that holds {@code text}.
   *
   * @throws LabException if the process ends first, or the limit passes
   */
  public synchronized void awaitLine(String text, Duration limit) throws LabException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!holds(output, text) && !holds(errors, text)) {
      long left = deadline - System.nanoTime();
      if (openStreams == 0 || left <= 0) {
        String state = openStreams == 0 ? "it ended" : "nothing after " + limit.toSeconds() + " s";
        throw new LabException(
            "waiting for %s to print '%s': %s; standard error: %s"
                .formatted(name, text, state, lastErrors()));
      }
      pause(left);
    }
  }

  /** Waits for its end; kills it at the limit and says so. */
  public int awaitEnd(Duration limit) throws LabException {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new LabException("%s did not end within %d s".formatted(name, limit.toSeconds()));
      }
      synchronized (this) {
        long deadline = System.nanoTime() + GRACE.toNanos();
        while (openStreams > 0 && deadline > System.nanoTime()) {
          pause(deadline - System.nanoTime());
        }
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      throw new LabException(name + ": interrupted");
    }
  }

  /** Whether it runs. */
  public boolean alive() {
    return process.isAlive();
  }

  @Override
  public void close() throws LabException {
    if (process.isAlive()) {
      process.destroy();
      awaitEnd(GRACE);
    }
  }

  private static boolean holds(List<String> lines, String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  private void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      openStreams = 0;
    }
  }

  private void read(InputStream stream, List<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (this) {
          lines.add(line);
          notifyAll();
        }
      }
    } catch (IOException e) {
      // The pipe of a killed process; what it wrote before is kept.
    } finally {
      synchronized (this) {
        openStreams--;
        notifyAll();
      }
    }
  }
}
