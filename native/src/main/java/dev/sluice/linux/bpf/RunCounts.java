// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.EnableStats;

/**
 * Has the kernel count how often each program of the machine runs, for as long as this is open
 * ({@code BPF_ENABLE_STATS}, Linux 5.8): {@link ProgramInfo#runs}. It costs two readings of the
 * clock a run. Ends with the process at the latest. Thread-safe.
 */
public final class RunCounts implements AutoCloseable {
  private static final int BPF_STATS_RUN_TIME = 0;

  private final FileDescriptor descriptor;

  private RunCounts(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Begins; the caller closes it.
   *
   * @throws SyscallException EPERM without CAP_SYS_ADMIN; EINVAL before Linux 5.8
   */
  public static RunCounts keep() throws SyscallException {
    try (BpfAttr attr = BpfAttr.of(EnableStats.BYTES).u32(EnableStats.TYPE, BPF_STATS_RUN_TIME)) {
      return new RunCounts(
          BpfCall.open(attr, BpfCommand.BPF_ENABLE_STATS, "of the runs of programs"));
    }
  }

  /** Ends, unless somebody else keeps them too; idempotent. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }
}
