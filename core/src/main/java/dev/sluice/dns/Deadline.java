// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.net.SocketTimeoutException;
import java.time.Duration;

/** A moment by which something must be done. Immutable. */
final class Deadline {
  private final long nanos;

  private Deadline(long nanos) {
    this.nanos = nanos;
  }

  static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /**
   * For {@code setSoTimeout}: 1 or more, since 0 would mean for ever.
   *
   * @throws SocketTimeoutException if it has passed
   */
  int remainingMillis() throws SocketTimeoutException {
    long left = nanos - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    return (int) Math.min(Integer.MAX_VALUE, left / 1_000_000 + 1);
  }
}
