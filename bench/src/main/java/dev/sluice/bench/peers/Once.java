// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.OrderlyEnd;
import dev.sluice.bench.load.FirstByte;
import dev.sluice.bench.load.FirstSecond;
import dev.sluice.bench.load.Latencies;
import dev.sluice.bench.load.Service;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What is measured once, after the rounds: start-up, the first second, memory by connections, and
 * of copies.
 */
final class Once {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final double MEBIBYTE = 1 << 20;

  /** 15001 as the kernel's tables write it, and the state LISTEN. */
  private static final String LISTENING = ":3A99 [0-9A-F:]+ 0A ";

  private final Plan plan;
  private final OrderlyEnd end;
  private final Run.Progress progress;
  private final Findings findings;

  Once(Plan plan, OrderlyEnd end, Run.Progress progress, Findings findings) {
    this.plan = plan;
    this.end = end;
    this.progress = progress;
    this.findings = findings;
  }

  private interface Step {
    void run(Trial trial) throws IOException;
  }

  void run(List<Trial> trials) {
    List<Trial> proxies =
        trials.stream()
            .filter(trial -> trial.proxy().isPresent() && !trial.variant().isSelfCheck())
            .toList();
    each("start-up", proxies, this::start);
    each(
        "first second",
        trials.stream().filter(trial -> !trial.variant().isSelfCheck()).toList(),
        this::firstSecond);
    each("memory with idle connections", proxies, this::idle);
    each("memory of copies", proxies.stream().filter(Trial::canBeCopied).toList(), this::copies);
  }

  private void each(String title, List<Trial> trials, Step step) {
    for (Trial trial : trials) {
      end.check();
      progress.say(title + ": " + trial.name());
      try {
        step.run(trial);
      } catch (IOException e) {
        end.check();
        findings.problem(trial.name(), title + ": " + e.getMessage());
      }
    }
  }

  /** From exec to the first byte, seen from outside. */
  private void start(Trial trial) throws IOException {
    double[] millis = new double[plan.starts()];
    for (int i = 0; i < millis.length; i++) {
      trial.stopProxy();
      try (BenchProcess client = trial.start(Trial.clientCommand(firstByte(trial)))) {
        client.awaitText(FirstByte.WAITING, LIMIT);
        long before = System.nanoTime();
        trial.startProxy();
        String last = client.awaitEnd(LIMIT).strip().lines().toList().getLast();
        millis[i] = (Long.parseLong(last) - before) / 1e6;
      }
    }
    findings.start(trial.name(), millis);
  }

  private static List<String> firstByte(Trial trial) {
    return List.of("first-byte", trial.source(Service.HTTP), trial.target(), "30");
  }

  /** Latencies from the first byte on; without a proxy, those of a client that begins. */
  private void firstSecond(Trial trial) throws IOException {
    double[] p99 = new double[plan.starts()];
    for (int i = 0; i < p99.length; i++) {
      try (BenchProcess client = trial.start(Trial.clientCommand(firstSecondCommand(trial)))) {
        client.awaitText(FirstSecond.WARM, LIMIT);
        trial.stopProxy();
        try (OutputStream input = client.input()) {
          input.write('\n');
        }
        trial.startProxy();
        String last = client.awaitEnd(LIMIT).strip().lines().toList().getLast();
        p99[i] = Latencies.parse(last).at(0.99);
      }
    }
    findings.firstSecond(trial.name(), p99);
  }

  private static List<String> firstSecondCommand(Trial trial) {
    return List.of(
        "first-second",
        trial.source(Service.ECHO),
        trial.target(),
        Integer.toString(Loads.CONNECTIONS),
        Integer.toString(Loads.MESSAGES_PER_SECOND));
  }

  /** RSS of a proxy that has just started, then with more and more connections. */
  private void idle(Trial trial) throws IOException {
    for (int connections : plan.idle()) {
      if (connections == 0) {
        settle();
        findings.idle(trial.name(), 0, rss(trial));
        continue;
      }
      List<String> idle =
          List.of(
              "idle", trial.source(Service.HTTP), trial.target(), Integer.toString(connections));
      try (BenchProcess client = trial.start(Trial.clientCommand(idle))) {
        client.awaitText(Integer.toString(connections), LIMIT);
        settle();
        findings.idle(trial.name(), connections, rss(trial));
        client.input().close();
        client.awaitEnd(LIMIT);
      }
    }
  }

  private static double rss(Trial trial) throws IOException {
    return trial.proxy().orElseThrow().memory("Rss") / MEBIBYTE;
  }

  private void copies(Trial trial) throws IOException {
    List<BenchProcess> copies = new ArrayList<>();
    try {
      for (int i = 0; i < plan.copies(); i++) {
        BenchProcess copy = trial.startCopy(i);
        copies.add(copy);
        awaitListening(copy);
      }
      settle();
      findings.copies(trial.name(), copies.getFirst().memory("Pss") / MEBIBYTE / plan.copies());
    } finally {
      for (BenchProcess copy : copies) {
        copy.close();
      }
    }
  }

  private static void awaitListening(BenchProcess process) throws IOException {
    Path sockets = Path.of("/proc/" + process.pid() + "/net/tcp");
    java.util.regex.Pattern listening = java.util.regex.Pattern.compile(LISTENING);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!listening.matcher(Files.readString(sockets)).find()) {
      if (System.nanoTime() > deadline) {
        throw new IOException("a copy doesn't listen: " + process.complaint());
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  private void settle() {
    LockSupport.parkNanos(Duration.ofSeconds(plan.settledSeconds()).toNanos());
  }
}
