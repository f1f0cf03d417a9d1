// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.ProcessCalls;

/**
 * Limits of this process (<a
 * href="https://man7.org/linux/man-pages/man2/getrlimit.2.html">getrlimit(2)</a>). The JVM raises
 * its own soft limit on descriptors to the hard one at start ({@code -XX:+MaxFDLimit}), so the two
 * usually agree here although the shell shows less. Thread-safe.
 */
public final class ResourceLimits {
  private ResourceLimits() {}

  /**
   * The soft RLIMIT_NOFILE: descriptors have numbers below it. {@link Long#MAX_VALUE} if there is
   * no limit.
   *
   * @throws SyscallException if the kernel does not answer
   */
  public static long openFiles() throws SyscallException {
    return read().soft();
  }

  /**
   * Raises the soft limit to the hard one, which needs no privilege.
   *
   * @return the soft limit now
   * @throws SyscallException if the kernel refuses
   */
  public static long raiseOpenFiles() throws SyscallException {
    ProcessCalls.OpenFilesLimit limit = read();
    if (limit.soft() < limit.hard()) {
      int result = ProcessCalls.setOpenFilesSoftLimit(limit.hard(), limit.hard());
      if (result < 0) {
        throw new SyscallException(
            "prlimit(RLIMIT_NOFILE)", -result, "raising the soft limit to " + limit.hard());
      }
    }
    return limit.hard();
  }

  private static ProcessCalls.OpenFilesLimit read() throws SyscallException {
    ProcessCalls.OpenFilesLimit limit = ProcessCalls.openFilesLimit();
    if (limit.errno() != 0) {
      throw new SyscallException(
          "prlimit(RLIMIT_NOFILE)", limit.errno(), "reading the limit of open files");
    }
    return limit;
  }
}
