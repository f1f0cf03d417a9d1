// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.RawTracepoint;

/**
 * Raw tracepoints of the kernel ({@code BPF_RAW_TRACEPOINT_OPEN}, Linux 4.17): a program runs with
 * the arguments of the place, whoever comes by there. No file system of tracing is needed.
 * Stateless.
 */
public final class Tracepoints {
  private Tracepoints() {}

  /**
   * Runs a program at a tracepoint until the link is closed or the process ends; it can't be pinned
   * on kernels before 5.8.
   *
   * @param name without its group, such as {@code fib_table_lookup}
   * @throws SyscallException ENOENT if the kernel has no such tracepoint; EPERM without CAP_PERFMON
   *     or CAP_SYS_ADMIN
   */
  public static BpfLink attach(BpfProgram program, String name) throws SyscallException {
    try (BpfAttr attr =
        BpfAttr.of(RawTracepoint.BYTES)
            .text(RawTracepoint.NAME, name)
            .u32(RawTracepoint.PROG_FD, program.descriptor().number())) {
      int result = attr.call(BpfCommand.BPF_RAW_TRACEPOINT_OPEN);
      if (result < 0) {
        throw new SyscallException(
            "bpf(BPF_RAW_TRACEPOINT_OPEN)",
            -result,
            "of " + program + " to tracepoint " + name,
            Errno.ENOENT.returnedBy(result)
                ? "this kernel has no such tracepoint, or is built without CONFIG_BPF_EVENTS"
                : BpfCall.hint(-result));
      }
      return new BpfLink(FileDescriptor.owning(result));
    }
  }
}
