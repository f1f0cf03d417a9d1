// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a process is to others, and becoming another program: <a
 * href="https://man7.org/linux/man-pages/man2/execve.2.html">execve(2)</a>, <a
 * href="https://man7.org/linux/man-pages/man2/close_range.2.html">close_range(2)</a>. Thread-safe.
 */
public final class ExecCalls {
  private static final int FIRST_AFTER_STANDARD_STREAMS = 3;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int CLOSE_RANGE_CLOEXEC = 1 << 2;

  private static final CFunction EXECV = CFunction.named("execv");
  // glibc has a function for it since 2.34 only.
  private static final CFunction SYSCALL = CFunction.named("syscall");

  private static final CFunction PRCTL = CFunction.named("prctl");

  private ExecCalls() {}

  /**
   * Replaces this process, with its environment, by a program. Only returns when it fails.
   *
   * @param program an absolute path
   * @param arguments its whole argument vector, its name first
   * @return {@code -errno}
   */
  public static int execute(String program, List<String> arguments) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(ADDRESS, arguments.size() + 1L); // Zero at the end.
      for (int i = 0; i < arguments.size(); i++) {
        vector.setAtIndex(ADDRESS, i, arena.allocateFrom(arguments.get(i)));
      }
      return EXECV.call(scratch, arena.allocateFrom(program).address(), vector.address());
    }
  }

  /** Lets no other process without CAP_SYS_PTRACE look into this one; 0 or {@code -errno}. */
  public static int forbidInspection() {
    Scratch scratch = Scratch.current();
    return PRCTL.call(scratch, PR_SET_DUMPABLE, 0);
  }

  /** Has no program inherit more than the three standard streams; 0 or {@code -errno}. */
  public static int closeOthersOnExec() {
    Scratch scratch = Scratch.current();
    return SYSCALL.call(
        scratch,
        SystemCall.CLOSE_RANGE.number(),
        FIRST_AFTER_STANDARD_STREAMS,
        -1,
        CLOSE_RANGE_CLOEXEC);
  }
}
