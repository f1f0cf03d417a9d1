// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * All event loops of a process stand still: each has ended its turn and begins no other, so that
 * nothing of theirs changes. What the kernel tells them meanwhile waits, and so do tasks. It is for
 * moments, since no byte moves. Thread-safe.
 */
public final class Standstill {
  private final CountDownLatch gate = new CountDownLatch(1);
  private volatile Consumer<Worker> first = _ -> {};

  private Standstill() {}

  /**
   * Has every loop stop at its next turn, and returns when all of them have.
   *
   * @param look what to ask each worker then, on its own loop
   * @return the standstill with the answers, in the order of {@code workers}
   */
  public static <T> Still<T> of(List<Worker> workers, Function<Worker, T> look) {
    Standstill standstill = new Standstill();
    List<CompletableFuture<T>> answers = new ArrayList<>();
    for (Worker worker : workers) {
      CompletableFuture<T> answer = new CompletableFuture<>();
      answers.add(answer);
      worker.execute(() -> standstill.hold(worker, look, answer));
    }
    try {
      return new Still<>(standstill, answers.stream().map(CompletableFuture::join).toList());
    } catch (RuntimeException e) {
      standstill.end();
      throw e;
    }
  }

  /** A standstill, and what was seen at its beginning. */
  public record Still<T>(Standstill standstill, List<T> seen) {}

  private <T> void hold(Worker worker, Function<Worker, T> look, CompletableFuture<T> answer) {
    try {
      answer.complete(look.apply(worker));
    } catch (RuntimeException | Error bug) {
      answer.completeExceptionally(bug);
      return;
    }
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    first.accept(worker);
  }

  /** Lets every loop go on. Ending it again does nothing. */
  public void end() {
    gate.countDown();
  }

  /** Lets every loop go on, with {@code action} on each before anything else. */
  public void end(Consumer<Worker> action) {
    first = action;
    gate.countDown();
  }
}
