// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of buffers and pipes the process, or one workload of those that it serves, may
 * hold for readers that are slower than their writers. A pipe counts with all of its room. Who
 * finds none goes on without holding anything. Thread-safe.
 */
public final class HeldMemory {
  private final long most;
  private final @Nullable HeldMemory whole;
  private final AtomicLong taken = new AtomicLong();

  /** {@code most} bytes; with 0 nothing is ever held. */
  public HeldMemory(long most) {
    this(most, null);
  }

  private HeldMemory(long most, @Nullable HeldMemory whole) {
    this.most = most;
    this.whole = whole;
  }

  /** As much as there is: counted, and never refused. */
  public static HeldMemory unlimited() {
    return new HeldMemory(Long.MAX_VALUE);
  }

  /** A share: who takes from it takes from the whole too. */
  public HeldMemory share(long mostOfIt) {
    return new HeldMemory(mostOfIt, this);
  }

  /**
   * Whether {@code bytes} more fit at this moment. An event loop that then takes them may be one of
   * several that do: the limit is exceeded by what each can take at once, no more.
   */
  public boolean hasRoom(int bytes) {
    return taken.get() <= most - bytes && (whole == null || whole.hasRoom(bytes));
  }

  /** Takes {@code bytes}, to be given back, whatever the limit. */
  public void take(int bytes) {
    taken.addAndGet(bytes);
    if (whole != null) {
      whole.take(bytes);
    }
  }

  /** What was taken isn't held any more. */
  public void giveBack(int bytes) {
    take(-bytes);
  }

  /** Bytes held now. */
  public long taken() {
    return taken.get();
  }

  /** The limit, in bytes. */
  public long most() {
    return most;
  }
}
