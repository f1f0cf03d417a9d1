// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.ExecCalls;
import dev.sluice.linux.ffi.FileCalls;
import dev.sluice.linux.ffi.ProcessCalls;
import java.util.List;

/**
 * The program that this process runs. Becoming another one keeps the process id, the environment
 * and the namespaces, ends every other thread at once, and is the only way for a JVM to give up
 * privileges for good: they belong to threads, and a JVM has many before {@code main} begins. See
 * <a href="https://man7.org/linux/man-pages/man2/execve.2.html">execve(2)</a>; needs Linux 5.11.
 */
public final class ProcessImage {
  private ProcessImage() {}

  /**
   * Becomes the program of {@code command}. Returns only by an exception, and then the process goes
   * on as it was, save that programs which it starts inherit {@code kept}.
   *
   * @param command an absolute path and the arguments after it
   * @param kept what the program inherits beside the standard streams, by the same numbers
   * @throws SyscallException ENOENT if there is no such program, EACCES if it can't be run
   */
  public static void become(List<String> command, List<FileDescriptor> kept)
      throws SyscallException {
    keepDescriptors();
    for (FileDescriptor descriptor : kept) {
      SyscallException.check(
          FileCalls.keepOnExec(descriptor.number()), "fcntl(F_SETFD)", descriptor.number());
    }
    String program = command.getFirst();
    check(ExecCalls.execute(program, command), "execv", "of " + program);
    throw new IllegalStateException("execv of " + program + " returned without an error");
  }

  /**
   * Lets no other process of the same user trace this one, read its memory or take copies of its
   * descriptors, until it becomes another program ({@code PR_SET_DUMPABLE}).
   */
  public static void forbidInspection() throws SyscallException {
    check(ExecCalls.forbidInspection(), "prctl(PR_SET_DUMPABLE)", "closing this process to others");
  }

  /** Has programs that this process starts inherit the three standard streams and no more. */
  public static void keepDescriptors() throws SyscallException {
    check(ExecCalls.closeOthersOnExec(), "close_range", "closing descriptors on exec");
  }

  /**
   * The user as whom the calling thread acts towards files, and so who it is to other processes.
   */
  public static long user() {
    // -1 is nobody: the call changes nothing and tells who it was.
    return Integer.toUnsignedLong(ProcessCalls.setFileSystemUser(-1));
  }

  private static void check(int result, String call, String doing) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, -result, doing);
    }
  }
}
