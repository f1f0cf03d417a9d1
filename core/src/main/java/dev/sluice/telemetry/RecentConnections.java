// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The connections that ended last while somebody looks, and how many went from whom to whom.
 * Bounded: the oldest is forgotten for the newest, and pairs beyond {@value #MOST_PAIRS} are
 * counted together. While nobody looks nothing is kept: what outlives its connection becomes old,
 * and a small heap of a busy proxy would fill with it. Thread-safe; never blocks.
 */
public final class RecentConnections {
  /** How many are remembered. */
  public static final int LENGTH = 256;

  /** Who talks to whom, counted apart. */
  static final int MOST_PAIRS = 1_000;

  /** For so long after a look, what ends is kept and counted. */
  private static final Duration INTEREST = Duration.ofSeconds(20);

  private final AtomicReferenceArray<@Nullable Numbered> ring = new AtomicReferenceArray<>(LENGTH);
  private final AtomicLong ended = new AtomicLong();
  private final long begunMicros = EpochClock.micros();
  private final Map<Pair, Tally> tallies = new ConcurrentHashMap<>();
  private final LongAdder uncounted = new LongAdder();
  private volatile long interestEndsNanos;
  private volatile boolean interest;

  /**
   * A connection that has ended.
   *
   * @param number from 1, in the order in which they ended, of those that were looked at
   */
  public record Numbered(long number, ConnectionRecord connection) {}

  /**
   * Who connected to what.
   *
   * @param client without the port, which is another one every time
   * @param destination absent where the kernel knew none
   */
  public record Pair(
      Direction direction,
      InterceptionMode mode,
      InetAddress client,
      @Nullable OriginalDestination destination) {}

  /**
   * How many connections of a pair have ended since somebody began to look.
   *
   * @param denied by a policy; among {@code ended}
   * @param failed in any other way than by both sides closing it; among {@code ended}
   */
  public record Count(Pair pair, long ended, long denied, long failed) {}

  private record Tally(LongAdder ended, LongAdder denied, LongAdder failed) {
    Tally() {
      this(new LongAdder(), new LongAdder(), new LongAdder());
    }
  }

  /** The one call at the end of a connection. */
  public void accept(ConnectionRecord connection) {
    if (!interest) {
      return;
    }
    if (System.nanoTime() - interestEndsNanos > 0) {
      interest = false;
      return;
    }
    long number = ended.incrementAndGet();
    ring.set((int) (number % LENGTH), new Numbered(number, connection));
    count(connection);
  }

  private void count(ConnectionRecord connection) {
    ConnectionOrigin origin = connection.origin();
    Pair pair =
        new Pair(
            origin.direction(),
            origin.mode(),
            origin.client().socketAddress().getAddress(),
            origin.originalDestination());
    @Nullable Tally tally = tallies.get(pair);
    if (tally == null) {
      if (tallies.size() >= MOST_PAIRS) {
        uncounted.increment();
        return;
      }
      tally = tallies.computeIfAbsent(pair, _ -> new Tally());
    }
    tally.ended().increment();
    switch (connection.outcome()) {
      case Outcome.Closed _ -> {}
      case Outcome.Failed failed ->
          (failed.kind() == FailureKind.POLICY_DENIED ? tally.denied() : tally.failed())
              .increment();
    }
  }

  /**
   * Somebody looks: for a while from now what ends is kept, and pairs are counted, from zero if
   * they were not.
   */
  public void look() {
    interestEndsNanos = System.nanoTime() + INTEREST.toNanos();
    if (!interest) {
      tallies.clear();
      uncounted.reset();
      interest = true;
    }
  }

  /** When this began to remember, in µs since 1970: tells a proxy from the one before it. */
  public long begunMicros() {
    return begunMicros;
  }

  /** How many have ended while somebody looked; the number of the last. */
  public long ended() {
    return ended.get();
  }

  /**
   * What has ended after a number.
   *
   * @param last the number to go on from: every one up to it is in {@code connections} or forgotten
   * @param connections those that are remembered, the newest first
   */
  public record Since(long last, List<Numbered> connections) {
    /** Copies the list. */
    public Since {
      connections = List.copyOf(connections);
    }
  }

  /** Those that are remembered of the ones after number {@code after}. */
  public Since since(long after) {
    List<Numbered> found = new ArrayList<>();
    long last = ended.get();
    for (long number = Math.max(after, last - LENGTH) + 1; number <= last; number++) {
      Numbered at = ring.get((int) (number % LENGTH));
      if (at == null || at.number() < number) {
        // Counted, and about to be written: the next call has it.
        last = number - 1;
      } else if (at.number() == number) {
        found.add(at);
      }
    }
    return new Since(last, found.reversed());
  }

  /** The one with this id of the access log; empty if it hasn't ended, or is forgotten. */
  public Optional<ConnectionRecord> withId(long id) {
    return since(0).connections().stream()
        .map(Numbered::connection)
        .filter(connection -> connection.origin().id() == id)
        .findFirst();
  }

  /** Every pair that is counted. */
  public List<Count> counts() {
    return tallies.entrySet().stream()
        .map(
            entry ->
                new Count(
                    entry.getKey(),
                    entry.getValue().ended().sum(),
                    entry.getValue().denied().sum(),
                    entry.getValue().failed().sum()))
        .toList();
  }

  /** How many ended that belong to no counted pair, for want of room. */
  public long uncounted() {
    return uncounted.sum();
  }
}
