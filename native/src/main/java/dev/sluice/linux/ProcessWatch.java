// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.PollCalls;
import dev.sluice.linux.ffi.ProcessCalls;
import java.time.Duration;

/**
 * Another process, of which it can be known for sure whether it has ended: its number may be
 * somebody else's by then. See <a
 * href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open(2)</a>, Linux 5.3.
 * Thread-safe. Whoever opens it closes it.
 */
public final class ProcessWatch implements AutoCloseable {
  private final FileDescriptor descriptor;

  private ProcessWatch(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Begins to watch.
   *
   * @throws SyscallException ESRCH if there is no such process
   */
  public static ProcessWatch open(int process) throws SyscallException {
    int opened = ProcessCalls.openProcess(process);
    if (opened < 0) {
      throw new SyscallException("pidfd_open", -opened, "of process " + process);
    }
    return new ProcessWatch(FileDescriptor.owning(opened));
  }

  /** Waits up to {@code limit} for its end; true once it has ended, however. */
  public boolean awaitEnd(Duration limit) throws SyscallException {
    long deadline = System.nanoTime() + limit.toNanos();
    int result;
    do {
      long left = Math.max(0, deadline - System.nanoTime());
      result = PollCalls.awaitReadable(descriptor.number(), Math.toIntExact(left / 1_000_000));
    } while (Errno.EINTR.returnedBy(result) && System.nanoTime() - deadline < 0);
    return SyscallException.check(result, "poll", descriptor.number()) > 0;
  }

  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }
}
