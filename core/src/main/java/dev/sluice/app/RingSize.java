// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.Optional;
import picocli.CommandLine.Option;

/** How much of what the kernel tells may wait for its reader: an option. */
final class RingSize {
  private static final long USUAL = 1 << 20;
  private static final long LEAST = 4 << 10;
  private static final long MOST = 256 << 20;

  @Option(
      names = "--buffer",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description =
          "Of the ring that the kernel writes to, 168 bytes a connection: a power of two from 4Ki"
              + " to 256Mi (default 1Mi).")
  private Optional<Long> buffer = Optional.empty();

  /** Whether somebody said it. */
  boolean isGiven() {
    return buffer.isPresent();
  }

  /**
   * The size.
   *
   * @throws IllegalArgumentException if the kernel can't make such a ring
   */
  int bytes() {
    long bytes = buffer.orElse(USUAL);
    if (bytes < LEAST || bytes > MOST || Long.bitCount(bytes) != 1) {
      throw new IllegalArgumentException(
          "--buffer " + bytes + "; expected a power of two from 4Ki to 256Mi");
    }
    return (int) bytes;
  }
}
