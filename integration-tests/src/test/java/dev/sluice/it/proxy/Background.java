// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** Work beside the test's own thread, on a thread of its own. */
final class Background {
  private Background() {}

  static <T> FutureTask<T> start(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    Thread.ofPlatform().daemon().name("peer").start(task);
    return task;
  }
}
