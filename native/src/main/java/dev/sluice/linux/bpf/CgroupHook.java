// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.Attach;

/**
 * One hook of one cgroup, seen by the older calls: {@code BPF_PROG_ATTACH} and {@code
 * BPF_PROG_DETACH} (Linux 4.10) for kernels or cgroups where no link can be made, and {@code
 * BPF_PROG_QUERY} (4.15). Borrows the cgroup's descriptor. Thread-safe.
 */
public final class CgroupHook {
  private static final int BPF_F_QUERY_EFFECTIVE = 1;

  private final FileDescriptor cgroup;
  private final AttachType type;
  private final String where;

  /** How a program without a link shares its hook; {@code BPF_F_*} of {@code linux/bpf.h}. */
  public enum Sharing {
    /** Alone: nothing may be attached here or, without override, below. */
    EXCLUSIVE(0),
    /** Alone, and a cgroup below may have another one in its place. */
    OVERRIDE(1),
    /** Beside others (Linux 4.15), as links do. */
    MULTIPLE(2);

    private final int flags;

    Sharing(int flags) {
      this.flags = flags;
    }

    int flags() {
      return flags;
    }
  }

  CgroupHook(FileDescriptor cgroup, AttachType type, String where) {
    this.cgroup = cgroup;
    this.type = type;
    this.where = where;
  }

  /**
   * Attaches a program until it is detached by {@link #detach} or the cgroup is removed; no
   * descriptor keeps it and none can be pinned for it.
   */
  public void attach(BpfProgram program, Sharing sharing) throws SyscallException {
    try (BpfAttr attr = attachment(program).u32(Attach.ATTACH_FLAGS, sharing.flags())) {
      BpfCall.check(
          attr, BpfCommand.BPF_PROG_ATTACH, "of " + program + " to " + type + " of " + where);
    }
  }

  /**
   * Detaches a program that was attached without a link.
   *
   * @throws SyscallException ENOENT if it isn't attached here
   */
  public void detach(BpfProgram program) throws SyscallException {
    try (BpfAttr attr = attachment(program)) {
      BpfCall.check(
          attr, BpfCommand.BPF_PROG_DETACH, "of " + program + " from " + type + " of " + where);
    }
  }

  /** What is attached to this cgroup itself, in the order in which it runs. */
  public AttachedPrograms attached() throws SyscallException {
    return AttachedPrograms.query(cgroup, type, 0, where);
  }

  /** What runs for a process of this cgroup: its own programs and those of the cgroups above. */
  public AttachedPrograms effective() throws SyscallException {
    return AttachedPrograms.query(cgroup, type, BPF_F_QUERY_EFFECTIVE, where);
  }

  private BpfAttr attachment(BpfProgram program) {
    return BpfAttr.of(Attach.BYTES)
        .u32(Attach.TARGET_FD, cgroup.number())
        .u32(Attach.ATTACH_BPF_FD, program.descriptor().number())
        .u32(Attach.ATTACH_TYPE, type.number());
  }
}
