// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is remembered and counted, and where that ends. */
final class RecentConnectionsTest {
  private static final InetAddress CLIENT = InetAddress.ofLiteral("2001:db8::1");
  private final RecentConnections recent = new RecentConnections();

  @Test
  void remembersTheNewestAndSaysHowManyThereWere() {
    recent.look();
    for (int i = 1; i <= 1_000; i++) {
      recent.accept(connection(i, 80, Outcome.Closed.INSTANCE));
    }

    List<RecentConnections.Numbered> all = recent.since(0).connections();
    assertThat(recent.ended()).isEqualTo(1_000);
    assertThat(all).hasSize(RecentConnections.LENGTH);
    assertThat(all.getFirst().number()).isEqualTo(1_000);
    assertThat(all.getFirst().connection().origin().id()).isEqualTo(1_000);
    assertThat(recent.since(997).connections())
        .extracting(one -> one.number())
        .containsExactly(1_000L, 999L, 998L);
    assertThat(recent.since(1_000).connections()).isEmpty();
    assertThat(recent.withId(990)).isPresent();
    assertThat(recent.withId(10)).isEmpty();
  }

  @Test
  void givesEachOneOnceWhileOthersEnd() throws InterruptedException {
    recent.look();
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      writers.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int n = 0; n < 50_000; n++) {
                      recent.accept(connection(n, 80, Outcome.Closed.INSTANCE));
                    }
                  }));
    }
    Set<Long> given = new HashSet<>();
    long after = 0;
    while (after < 200_000) {
      RecentConnections.Since since = recent.since(after);
      long former = after;
      assertThat(since.last()).isGreaterThanOrEqualTo(former);
      for (RecentConnections.Numbered one : since.connections()) {
        assertThat(one.number()).isBetween(former + 1, since.last());
        assertThat(given.add(one.number())).isTrue();
      }
      // What isn't given was forgotten for newer ones, never skipped.
      if (since.last() - former <= RecentConnections.LENGTH / 2) {
        atMostThoseOvertaken(since, former);
      }
      after = since.last();
    }
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(recent.since(after).connections()).isEmpty();
  }

  /** A missing one must have been overtaken in the ring, by as many as it holds. */
  private void atMostThoseOvertaken(RecentConnections.Since since, long former) {
    long missing = since.last() - former - since.connections().size();
    if (missing > 0) {
      assertThat(recent.ended()).isGreaterThan(former + RecentConnections.LENGTH);
    }
  }

  @Test
  void keepsAndCountsOnlyWhileSomebodyLooks() {
    recent.accept(connection(1, 80, Outcome.Closed.INSTANCE));
    assertThat(recent.ended()).isZero();
    assertThat(recent.since(0).connections()).isEmpty();
    assertThat(recent.counts()).isEmpty();

    recent.look();
    recent.accept(connection(2, 80, Outcome.Closed.INSTANCE));
    recent.accept(connection(3, 80, new Outcome.Failed(FailureKind.POLICY_DENIED, "")));
    recent.accept(connection(4, 80, new Outcome.Failed(FailureKind.UPSTREAM_REFUSED, "")));
    recent.look();

    assertThat(recent.counts())
        .singleElement()
        .satisfies(
            count -> {
              assertThat(count.pair().client()).isEqualTo(CLIENT);
              assertThat(List.of(count.ended(), count.denied(), count.failed()))
                  .containsExactly(3L, 1L, 1L);
            });
  }

  @Test
  void countsPairsThatAreTooManyTogether() {
    recent.look();
    for (int i = 0; i < RecentConnections.MOST_PAIRS + 5; i++) {
      recent.accept(connection(i, 1 + i, Outcome.Closed.INSTANCE));
    }
    assertThat(recent.counts()).hasSize(RecentConnections.MOST_PAIRS);
    assertThat(recent.uncounted()).isEqualTo(5);
  }

  @Test
  void losesNoneOfManyThreads() throws InterruptedException {
    recent.look();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int j = 0; j < 5_000; j++) {
                      recent.accept(connection(j, 80, Outcome.Closed.INSTANCE));
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(recent.ended()).isEqualTo(20_000);
    assertThat(recent.since(0).connections()).hasSize(RecentConnections.LENGTH);
    assertThat(recent.counts().getFirst().ended()).isEqualTo(20_000);
  }

  private static ConnectionRecord connection(long id, int port, Outcome outcome) {
    return new ConnectionRecord(
        new ConnectionOrigin(
            id,
            Direction.OUTBOUND,
            InterceptionMode.REDIRECT,
            EpochClock.micros(),
            new ClientAddress(new InetSocketAddress(CLIENT, 40_000)),
            new OriginalDestination(
                new InetSocketAddress(InetAddress.ofLiteral("10.96.0.10"), port)),
            PathReason.NO_SERVICE),
        null,
        new Traffic(1, 2, 0, 3),
        outcome,
        "");
  }
}
