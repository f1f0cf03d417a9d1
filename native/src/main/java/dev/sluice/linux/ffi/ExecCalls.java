// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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

  private static final MethodHandle EXECV =
      Downcalls.capturing("execv", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
  // glibc has a function for it since 2.34 only.
  private static final MethodHandle SYSCALL_3 =
      Downcalls.capturingVariadic(
          "syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));

  private static final MethodHandle PRCTL =
      Downcalls.capturingVariadic("prctl", 1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));

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
      return Downcalls.result(
          (int) EXECV.invokeExact(scratch.callState(), arena.allocateFrom(program), vector),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** Lets no other process without CAP_SYS_PTRACE look into this one; 0 or {@code -errno}. */
  public static int forbidInspection() {
    Scratch scratch = Scratch.current();
    try {
      return Downcalls.result(
          (int) PRCTL.invokeExact(scratch.callState(), PR_SET_DUMPABLE, 0L), scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** Has no program inherit more than the three standard streams; 0 or {@code -errno}. */
  public static int closeOthersOnExec() {
    Scratch scratch = Scratch.current();
    try {
      return Downcalls.result(
          (long)
              SYSCALL_3.invokeExact(
                  scratch.callState(),
                  SystemCall.CLOSE_RANGE.number(),
                  FIRST_AFTER_STANDARD_STREAMS,
                  -1,
                  CLOSE_RANGE_CLOEXEC),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }
}
