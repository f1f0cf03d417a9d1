// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.SyscallException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Looks again and again at several sockets of one thread. Stateless; blocks. */
final class Patience {
  private static final long PAUSE_NANOS = 2_000_000L;

  private Patience() {}

  /** Something that shows or doesn't yet. */
  @FunctionalInterface
  interface Look<T> {
    Optional<T> now() throws SyscallException;
  }

  /** What {@code look} sees first; empty after {@code timeout}. It looks once at least. */
  static <T> Optional<T> await(Duration timeout, Look<T> look) throws SyscallException {
    long begin = System.nanoTime();
    Optional<T> seen = look.now();
    while (seen.isEmpty() && System.nanoTime() - begin < timeout.toNanos()) {
      LockSupport.parkNanos(PAUSE_NANOS);
      seen = look.now();
    }
    return seen;
  }
}
