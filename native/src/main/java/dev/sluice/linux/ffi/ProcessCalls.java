// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Calls about the process or the calling thread: <a
 * href="https://man7.org/linux/man-pages/man2/setns.2.html">setns(2)</a>, <a
 * href="https://man7.org/linux/man-pages/man2/prlimit.2.html">prlimit(2)</a>, <a
 * href="https://man7.org/linux/man-pages/man2/capget.2.html">capget(2)</a>, <a
 * href="https://man7.org/linux/man-pages/man2/setfsuid.2.html">setfsuid(2)</a>. Thread-safe; setns,
 * setfsuid and setfsgid change the calling thread only.
 */
public final class ProcessCalls {
  /** {@code CLONE_NEWNET} of {@code linux/sched.h}. */
  public static final int CLONE_NEWNET = 0x40000000;

  private static final int RLIMIT_NOFILE = 7;
  private static final int LINUX_CAPABILITY_VERSION_3 = 0x20080522;
  private static final int CAPABILITY_HEADER_BYTES = 8;
  private static final int CAPABILITY_SET_BYTES = 12;

  private static final CFunction SETNS = CFunction.named("setns");
  private static final CFunction PRLIMIT = CFunction.named("prlimit");
  private static final CFunction SETFSUID = CFunction.named("setfsuid");
  private static final CFunction SETFSGID = CFunction.named("setfsgid");
  // The C library exports no supported wrapper for capget, so it goes by number.
  private static final CFunction SYSCALL = CFunction.named("syscall");

  private ProcessCalls() {}

  /**
   * The soft and hard RLIMIT_NOFILE.
   *
   * @param soft the limit in force; {@link Long#MAX_VALUE} for none
   * @param hard how far an unprivileged process may raise it
   * @param errno 0, or why the other two mean nothing
   */
  public record OpenFilesLimit(long soft, long hard, int errno) {}

  /** Moves the calling thread into the network namespace; 0 or {@code -errno}. */
  public static int enterNetworkNamespace(int descriptor) {
    Scratch scratch = Scratch.current();
    return SETNS.call(scratch, descriptor, CLONE_NEWNET);
  }

  /** Reads RLIMIT_NOFILE of this process. */
  public static OpenFilesLimit openFilesLimit() {
    Scratch scratch = Scratch.current();
    MemorySegment limit = scratch.option();
    int result = prlimit(scratch, MemorySegment.NULL, limit);
    return result < 0
        ? new OpenFilesLimit(0, 0, -result)
        : new OpenFilesLimit(
            unlimitedAsMaximum(limit.get(JAVA_LONG, 0)),
            unlimitedAsMaximum(limit.get(JAVA_LONG, 8)),
            0);
  }

  /** Sets the soft RLIMIT_NOFILE and leaves the hard one at {@code hard}; 0 or {@code -errno}. */
  public static int setOpenFilesSoftLimit(long soft, long hard) {
    Scratch scratch = Scratch.current();
    MemorySegment limit = scratch.option();
    limit.set(JAVA_LONG, 0, maximumAsUnlimited(soft));
    limit.set(JAVA_LONG, 8, maximumAsUnlimited(hard));
    return prlimit(scratch, limit, MemorySegment.NULL);
  }

  /** The calling thread's effective capabilities as a bit set, or {@code -errno}. */
  public static long effectiveCapabilities() {
    return capabilities(0);
  }

  /** Those that it may make effective, or {@code -errno}. */
  public static long permittedCapabilities() {
    return capabilities(4);
  }

  /** Of two structures with 32 bits of each set, the set that begins at {@code offset}. */
  private static long capabilities(int offset) {
    Scratch scratch = Scratch.current();
    MemorySegment header = scratch.option().asSlice(0, CAPABILITY_HEADER_BYTES);
    MemorySegment sets =
        scratch.option().asSlice(CAPABILITY_HEADER_BYTES, 2 * CAPABILITY_SET_BYTES);
    header.set(JAVA_INT, 0, LINUX_CAPABILITY_VERSION_3);
    header.set(JAVA_INT, 4, 0); // The calling thread.
    int result =
        SYSCALL.call(scratch, SystemCall.CAPGET.number(), header.address(), sets.address());
    return result < 0
        ? result
        : Integer.toUnsignedLong(sets.get(JAVA_INT, offset))
            | (long) sets.get(JAVA_INT, CAPABILITY_SET_BYTES + offset) << 32;
  }

  /**
   * Asks for {@code user} as the calling thread's file system user; -1, which is nobody's, changes
   * nothing. The kernel does not say whether it obeyed: ask again.
   *
   * @return the one before
   */
  public static int setFileSystemUser(int user) {
    return (int) SETFSUID.word(Scratch.current(), user, 0, 0, 0, 0, 0);
  }

  /** The same for the group. */
  public static int setFileSystemGroup(int group) {
    return (int) SETFSGID.word(Scratch.current(), group, 0, 0, 0, 0, 0);
  }

  /** A descriptor that stands for a process (pidfd_open(2), Linux 5.3), or {@code -errno}. */
  public static int openProcess(int pid) {
    return SYSCALL.call(Scratch.current(), SystemCall.PIDFD_OPEN.number(), pid, 0);
  }

  /**
   * A copy of another process's descriptor, not inherited by programs (pidfd_getfd(2), Linux 5.6),
   * or {@code -errno}; needs the right to trace that process.
   */
  public static int duplicateFrom(int process, int descriptor) {
    return SYSCALL.call(Scratch.current(), SystemCall.PIDFD_GETFD.number(), process, descriptor, 0);
  }

  private static int prlimit(Scratch scratch, MemorySegment next, MemorySegment before) {
    return PRLIMIT.call(scratch, 0, RLIMIT_NOFILE, next.address(), before.address());
  }

  private static long unlimitedAsMaximum(long limit) {
    return limit < 0 ? Long.MAX_VALUE : limit; // RLIM_INFINITY is ~0.
  }

  private static long maximumAsUnlimited(long limit) {
    return limit == Long.MAX_VALUE ? -1 : limit;
  }
}
