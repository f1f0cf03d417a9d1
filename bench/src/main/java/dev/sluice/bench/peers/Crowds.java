// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.OrderlyEnd;
import dev.sluice.bench.load.Service;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * What a request costs, and what a connection takes, with more and more connections open, by one
 * way to the servers: one pod for each number, all of them at the same time and idle but one. Every
 * crowd has as many requests under way as the others.
 */
final class Crowds {
  /** The first stands there twice. 9,400 connections take 18,800 descriptors of a proxy. */
  static final List<Integer> CONNECTIONS = List.of(10, 10, 100, 1_000, 9_400);

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String ANSWERS = "answers ";

  private final List<Member> members = new ArrayList<>();
  private final Variant variant;
  private final OrderlyEnd end;
  private final Run.Progress progress;
  private final Effort effort;

  private Crowds(Variant variant, OrderlyEnd end, Run.Progress progress, Effort effort) {
    this.variant = variant;
    this.end = end;
    this.progress = progress;
    this.effort = effort;
  }

  /**
   * How long and how often.
   *
   * @param settledSeconds what was freed after a start is back with the system then
   */
  record Effort(int rounds, int millis, int settledSeconds) {}

  /**
   * What was measured.
   *
   * @param way from the clients to the servers
   * @param whole processor time of client, proxy, server and kernel threads for a request, by turns
   *     on all connections, in microseconds
   * @param requests a second
   * @param proxy of that, if there is one
   */
  record Measured(Variant way, Growth whole, Growth requests, Optional<OfProxy> proxy) {
    /** Whether no ratio of it may be shown. */
    boolean isTooNoisy() {
      return whole.isTooNoisy() || proxy.map(OfProxy::isTooNoisy).orElse(false);
    }
  }

  /**
   * What the proxy alone took.
   *
   * @param micros processor time for a request, by turns on all connections
   * @param microsOfFew the same on ten of them, the others idle
   * @param emptyRss of each proxy without a connection, in bytes
   * @param fullRss of each proxy with its connections, before the first round
   */
  record OfProxy(Growth micros, Growth microsOfFew, List<Long> emptyRss, List<Long> fullRss) {
    private boolean isTooNoisy() {
      return micros.isTooNoisy() || microsOfFew.isTooNoisy();
    }
  }

  private record Member(Trial trial, BenchProcess client) {}

  /** One answer to "how much for how long"; microseconds for a request. */
  private record Turn(double proxyMicros, double wholeMicros, double perSecond) {}

  static Measured measure(
      BenchWorld world, Variant variant, OrderlyEnd end, Run.Progress progress, Effort effort)
      throws IOException {
    return new Crowds(variant, end, progress, effort).run(world);
  }

  private Measured run(BenchWorld world) throws IOException {
    Servers.start(world);
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS.size(); i++) {
      end.check();
      progress.say(variant.name() + ": a pod for " + CONNECTIONS.get(i) + " connections");
      trials.add(Trial.start(world, numbered(i)));
    }
    settle();
    List<Long> empty = rss(trials);
    for (int i = 0; i < trials.size(); i++) {
      end.check();
      progress.say(variant.name() + ": opening " + CONNECTIONS.get(i) + " connections");
      members.add(join(trials.get(i), CONNECTIONS.get(i)));
    }
    settle();
    List<Long> full = rss(trials);
    return rounds(empty, full);
  }

  /** Each pod has a name of its own. */
  private Variant numbered(int index) {
    return new Variant(
        "crowd" + index,
        variant.description(),
        variant.ours(),
        variant.steering(),
        variant.program());
  }

  private static Member join(Trial trial, int connections) throws IOException {
    BenchProcess client =
        trial.start(
            Trial.clientCommand(
                List.of(
                    "crowd",
                    trial.source(Service.HTTP),
                    trial.target(),
                    Integer.toString(connections))));
    client.awaitText(connections + "\n", LIMIT);
    return new Member(trial, client);
  }

  private Measured rounds(List<Long> empty, List<Long> full) throws IOException {
    int rounds = effort.rounds();
    double[][] whole = new double[members.size()][rounds];
    double[][] micros = new double[members.size()][rounds];
    double[][] few = new double[members.size()][rounds];
    double[][] perSecond = new double[members.size()][rounds];
    List<Integer> order = new ArrayList<>();
    int[] turns = new int[members.size()];
    for (int i = 0; i < members.size(); i++) {
      order.add(i);
      turn(members.get(i), CONNECTIONS.get(i), turns[i]++); // a warm-up that doesn't count
    }
    Random random = new Random(42);
    for (int round = 0; round < rounds; round++) {
      progress.say(variant.name() + ": round " + (round + 1) + " of " + rounds);
      Collections.shuffle(order, random);
      for (int i : order) {
        end.check();
        if (variant.program().isPresent()) {
          few[i][round] = turn(members.get(i), CONNECTIONS.getFirst(), turns[i]++).proxyMicros();
        }
        Turn turn = turn(members.get(i), CONNECTIONS.get(i), turns[i]++);
        whole[i][round] = turn.wholeMicros();
        micros[i][round] = turn.proxyMicros();
        perSecond[i][round] = turn.perSecond();
      }
    }
    Optional<OfProxy> proxy =
        variant
            .program()
            .map(
                _ ->
                    new OfProxy(
                        new Growth(CONNECTIONS, micros),
                        new Growth(CONNECTIONS, few),
                        empty,
                        full));
    return new Measured(
        variant, new Growth(CONNECTIONS, whole), new Growth(CONNECTIONS, perSecond), proxy);
  }

  private Turn turn(Member member, int active, int number) throws IOException {
    Trial trial = member.trial();
    CpuTime wholeBefore = trial.cpuTime();
    long before = trial.proxyMicros();
    member
        .client()
        .input()
        .write((effort.millis() + " " + active + "\n").getBytes(StandardCharsets.US_ASCII));
    member.client().input().flush();
    double answers = member.client().awaitNumber(ANSWERS, number, LIMIT);
    return new Turn(
        (trial.proxyMicros() - before) / answers,
        trial.cpuTime().microsSince(wholeBefore) / answers,
        answers * 1e3 / effort.millis());
  }

  private static List<Long> rss(List<Trial> trials) throws IOException {
    List<Long> bytes = new ArrayList<>();
    for (Trial trial : trials) {
      if (trial.proxy().isPresent()) {
        bytes.add(trial.proxy().get().memory("Rss"));
      }
    }
    return bytes;
  }

  private void settle() {
    LockSupport.parkNanos(Duration.ofSeconds(effort.settledSeconds()).toNanos());
  }
}
