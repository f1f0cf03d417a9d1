// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;

/**
 * The end of a command that prints as things happen: whoever reads standard output may have stopped
 * reading, and then writing never ends.
 */
final class Patience {
  /** For what waits for proxies (a second), and for a reader that is slow. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private Patience() {}

  /**
   * A latch that SIGTERM and SIGINT open. The process is halted, with an error, at the second of
   * them, and 10 s after the first.
   */
  static CountDownLatch termination() {
    CountDownLatch told = new CountDownLatch(1);
    Signals.onTermination(
        () -> {
          if (told.getCount() == 0) {
            Runtime.getRuntime().halt(CommandLine.ExitCode.SOFTWARE);
          }
          told.countDown();
          Thread.ofPlatform().daemon().name("patience").start(Patience::haltLater);
        });
    return told;
  }

  private static void haltLater() {
    try {
      Thread.sleep(LIMIT);
    } catch (InterruptedException e) {
      return;
    }
    Runtime.getRuntime().halt(CommandLine.ExitCode.SOFTWARE);
  }
}
