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
 * What a request costs the proxy, and what a connection takes, with more and more connections open:
 * one proxy for each number, all of them at the same time and idle but one. Every crowd has as many
 * requests under way as the others.
 */
final class Crowds {
  /** The first stands there twice. 9,400 connections take 18,800 descriptors of a proxy. */
  static final List<Integer> CONNECTIONS = List.of(10, 10, 1_000, 9_400);

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String ANSWERS = "answers ";

  private final List<Member> members = new ArrayList<>();
  private final OrderlyEnd end;
  private final Run.Progress progress;
  private final int rounds;
  private final int millis;

  private Crowds(OrderlyEnd end, Run.Progress progress, int rounds, int millis) {
    this.end = end;
    this.progress = progress;
    this.rounds = rounds;
    this.millis = millis;
  }

  /**
   * What was measured.
   *
   * @param micros processor time of the proxy for a request, by turns on all connections
   * @param microsOfFew the same on ten of them, the others idle
   * @param requests a second
   * @param emptyRss of each proxy without a connection, in bytes
   * @param fullRss of each proxy with its connections, before the first round
   */
  record Measured(
      Growth micros,
      Growth microsOfFew,
      Growth requests,
      List<Long> emptyRss,
      List<Long> fullRss) {}

  private record Member(Trial trial, BenchProcess client) {}

  /** One answer to "how much for how long". */
  private record Turn(double microsEach, double perSecond) {}

  static Measured measure(
      BenchWorld world, OrderlyEnd end, Run.Progress progress, int rounds, int millis)
      throws IOException {
    return new Crowds(end, progress, rounds, millis).run(world);
  }

  private Measured run(BenchWorld world) throws IOException {
    Servers.start(world);
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS.size(); i++) {
      end.check();
      progress.say("starting a proxy for " + CONNECTIONS.get(i) + " connections");
      trials.add(Trial.start(world, proxy("crowd" + i)));
    }
    settle();
    List<Long> empty = rss(trials);
    for (int i = 0; i < trials.size(); i++) {
      end.check();
      progress.say("opening " + CONNECTIONS.get(i) + " connections");
      members.add(join(trials.get(i), CONNECTIONS.get(i)));
    }
    settle();
    List<Long> full = rss(trials);
    return rounds(empty, full);
  }

  private static Variant proxy(String name) {
    return new Variant(
        name,
        "Sluice behind REDIRECT",
        true,
        Steering.REDIRECT,
        Optional.of(new OurProxy(Rights.PROXY, List.of(), "", true)));
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
      progress.say("round " + (round + 1) + " of " + rounds);
      Collections.shuffle(order, random);
      for (int i : order) {
        end.check();
        few[i][round] = turn(members.get(i), CONNECTIONS.getFirst(), turns[i]++).microsEach();
        Turn turn = turn(members.get(i), CONNECTIONS.get(i), turns[i]++);
        micros[i][round] = turn.microsEach();
        perSecond[i][round] = turn.perSecond();
      }
    }
    return new Measured(
        new Growth(CONNECTIONS, micros),
        new Growth(CONNECTIONS, few),
        new Growth(CONNECTIONS, perSecond),
        empty,
        full);
  }

  private Turn turn(Member member, int active, int number) throws IOException {
    long before = member.trial().proxyMicros();
    member
        .client()
        .input()
        .write((millis + " " + active + "\n").getBytes(StandardCharsets.US_ASCII));
    member.client().input().flush();
    long answers = member.client().awaitNumber(ANSWERS, number, LIMIT);
    double micros = member.trial().proxyMicros() - before;
    return new Turn(micros / answers, answers * 1e3 / millis);
  }

  private static List<Long> rss(List<Trial> trials) throws IOException {
    List<Long> bytes = new ArrayList<>();
    for (Trial trial : trials) {
      bytes.add(trial.proxy().orElseThrow().memory("Rss"));
    }
    return bytes;
  }

  /** What was freed after the start is back with the system then. */
  private void settle() {
    LockSupport.parkNanos(Duration.ofSeconds(Plan.USUAL.settledSeconds()).toNanos());
  }
}
