// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.FileCalls;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A file descriptor with one owner: whoever holds this object closes it. Closing twice closes once,
 * so the number is never closed again after the kernel gave it to somebody else. Thread-safe.
 */
public final class FileDescriptor implements AutoCloseable {
  private static volatile @Nullable DescriptorTracer tracer;

  private final int number;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final @Nullable DescriptorTracer openedUnder;

  private FileDescriptor(int number) {
    this.number = number;
    this.openedUnder = tracer;
  }

  /**
   * Takes ownership of an open descriptor.
   *
   * @throws IllegalArgumentException if {@code number} is negative: that is an error, no descriptor
   */
  public static FileDescriptor owning(int number) {
    if (number < 0) {
      throw new IllegalArgumentException(
          "owning descriptor " + number + ": expected 0 or more; -errno is not a descriptor");
    }
    FileDescriptor descriptor = new FileDescriptor(number);
    if (descriptor.openedUnder != null) {
      descriptor.openedUnder.opened(descriptor);
    }
    return descriptor;
  }

  /**
   * Installs the tracer that later descriptors are reported to, or null for none; for tests.
   *
   * @return the tracer before
   */
  public static @Nullable DescriptorTracer traceWith(@Nullable DescriptorTracer next) {
    DescriptorTracer before = tracer;
    tracer = next;
    return before;
  }

  /**
   * The kernel's number, for calls; it stays the owner's.
   *
   * @throws IllegalStateException if it is closed: the number may be somebody else's by now
   */
  public int number() {
    if (closed.get()) {
      throw new IllegalStateException("using descriptor " + number + ": it is closed");
    }
    return number;
  }

  /**
   * Gives the descriptor away: it stays open, and whoever takes the number owns it. For this object
   * it is closed.
   *
   * @throws IllegalStateException if it was closed before
   */
  public int release() {
    if (!closed.compareAndSet(false, true)) {
      throw new IllegalStateException("giving descriptor " + number + " away: it is closed");
    }
    if (openedUnder != null) {
      openedUnder.closed(this);
    }
    return number;
  }

  /** True until {@link #close()} or {@link #release()}. */
  public boolean isOpen() {
    return !closed.get();
  }

  /**
   * Closes it; idempotent. Never retried: Linux has freed the number even when it reports EINTR or
   * EIO (<a href="https://man7.org/linux/man-pages/man2/close.2.html">close(2)</a>).
   *
   * @throws SyscallException if the kernel reports a delayed error; it is closed all the same
   */
  @Override
  public void close() throws SyscallException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (openedUnder != null) {
      openedUnder.closed(this);
    }
    SyscallException.check(FileCalls.close(number), "close", number);
  }

  @Override
  public String toString() {
    return "descriptor " + number + (closed.get() ? " (closed)" : "");
  }
}
