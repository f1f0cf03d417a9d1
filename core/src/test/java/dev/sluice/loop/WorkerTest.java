// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTest {
  /** Ticks are made here, all in one task of the loop, so that none of its own comes between. */
  private static List<Long> told(int ticks, Asking asking) throws Exception {
    try (Workers workers = Workers.start(1, _ -> {})) {
      Worker worker = workers.all().getFirst();
      List<Long> told = new ArrayList<>();
      Timed timed =
          new Timed() {
            @Override
            protected void tick(long tick) {
              told.add(tick);
              asking.told(worker, this, tick);
            }
          };
      worker
          .eventLoop()
          .submit(
              () -> {
                asking.told(worker, timed, 0);
                for (int i = 0; i < ticks; i++) {
                  worker.onTick();
                }
                worker.unwatch(timed);
              })
          .get(10, TimeUnit.SECONDS);
      return told;
    }
  }

  private interface Asking {
    void told(Worker worker, Timed timed, long tick);
  }

  @Test
  void tellsTheTimeOnEveryTick() throws Exception {
    assertThat(told(3, (worker, timed, tick) -> watchOnce(worker, timed, tick, 1)))
        .containsExactly(1L, 2L, 3L);
  }

  @Test
  void tellsNothingBeforeItIsDueAndThenOnEveryTick() throws Exception {
    assertThat(told(302, (worker, timed, tick) -> watchOnce(worker, timed, tick, 300)))
        .containsExactly(300L, 301L, 302L);
  }

  @Test
  void waitsAgainIfAskedTo() throws Exception {
    assertThat(told(500, (worker, timed, tick) -> worker.watch(timed, tick + 128)))
        .containsExactly(128L, 256L, 384L);
  }

  @Test
  void tellsNothingMoreOnceItIsUnwatched() throws Exception {
    Asking once =
        (worker, timed, tick) -> {
          if (tick == 0) {
            worker.watch(timed);
          } else {
            worker.unwatch(timed);
          }
        };
    assertThat(told(200, once)).containsExactly(1L);
  }

  @Test
  void isDueAtTheNextTickAtTheEarliest() throws Exception {
    assertThat(told(2, (worker, timed, tick) -> watchOnce(worker, timed, tick, -5)))
        .containsExactly(1L, 2L);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goesOnWhereOneEndsAnotherOrFails(boolean fails) throws Exception {
    try (Workers workers = Workers.start(1, _ -> {})) {
      Worker worker = workers.all().getFirst();
      CountDownLatch told = new CountDownLatch(3);
      Timed last = timed(told::countDown);
      Timed ended = timed(() -> {});
      AtomicInteger endedTold = new AtomicInteger();
      Timed other = timed(endedTold::incrementAndGet);
      Timed first =
          timed(
              () -> {
                worker.unwatch(ended);
                worker.watch(other, worker.tick() + 1000);
                if (fails) {
                  throw new IllegalStateException("a bug, as a test has it");
                }
              });
      worker.execute(() -> List.of(first, ended, other, last).forEach(worker::watch));
      assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(endedTold).hasValue(0);
    }
  }

  private static Timed timed(Runnable onTick) {
    return new Timed() {
      @Override
      protected void tick(long tick) {
        onTick.run();
      }
    };
  }

  private static void watchOnce(Worker worker, Timed timed, long tick, long due) {
    if (tick == 0) {
      worker.watch(timed, due);
    }
  }
}
