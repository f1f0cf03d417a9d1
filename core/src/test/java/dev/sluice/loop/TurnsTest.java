// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TurnsTest {
  @Test
  void answersAtOnceWhereThereIsNoLoop() {
    AtomicInteger answers = new AtomicInteger();
    Turns turns = new Turns(List.of());
    turns.await(answers::incrementAndGet);
    turns.await(answers::incrementAndGet);
    assertThat(answers).hasValue(2);
  }

  @Test
  void waitsForALoopThatHangsAndThenAnswersTheLast() throws Exception {
    try (Workers workers = Workers.start(2, _ -> {})) {
      CountDownLatch hangs = new CountDownLatch(1);
      Worker hanging = workers.all().getFirst();
      hanging.execute(() -> awaitQuietly(hangs));
      AtomicInteger answers = new AtomicInteger();
      int askers = Turns.MOST_WAITING + 1000;
      for (int i = 0; i < askers; i++) {
        workers.afterTurns(answers::incrementAndGet);
      }
      workers.all().getLast().eventLoop().submit(() -> {}).get(10, TimeUnit.SECONDS);
      assertThat(answers).hasValue(0);
      hangs.countDown();
      hanging.eventLoop().submit(() -> {}).get(10, TimeUnit.SECONDS);
      assertThat(answers).hasValue(Turns.MOST_WAITING);
      CountDownLatch again = new CountDownLatch(1);
      workers.afterTurns(again::countDown);
      assertThat(again.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void answersWhenTheLoopsHaveEnded() {
    Workers workers = Workers.start(2, _ -> {});
    workers.close();
    AtomicInteger answers = new AtomicInteger();
    workers.afterTurns(answers::incrementAndGet);
    assertThat(answers).hasValue(1);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
