// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.LinkCreate;

/** {@code BPF_LINK_CREATE}. */
final class LinkCreation {

  private LinkCreation() {}

  static BpfLink create(
      BpfProgram program, int target, AttachType type, AttachOrder order, String where)
      throws SyscallException {
    boolean ordered = order.flags() != 0;
    try (BpfAttr attr =
        BpfAttr.of(ordered ? LinkCreate.BYTES : LinkCreate.PLAIN_BYTES)
            .u32(LinkCreate.PROG_FD, program.descriptor().number())
            .u32(LinkCreate.TARGET_FD, target)
            .u32(LinkCreate.ATTACH_TYPE, type.number())) {
      if (ordered) {
        attr.u32(LinkCreate.FLAGS, order.flags()).u32(LinkCreate.RELATIVE_ID, order.relativeId());
      }
      int result = attr.call(BpfCommand.BPF_LINK_CREATE);
      if (result < 0) {
        throw new SyscallException(
            "bpf(BPF_LINK_CREATE)",
            -result,
            "of " + program + " to " + type + " of " + where,
            hint(-result, type, ordered));
      }
      return new BpfLink(FileDescriptor.owning(result));
    }
  }

  private static String hint(int errno, AttachType type, boolean ordered) {
    Errno known = Errno.of(errno);
    if (known == Errno.EPERM && type.isCgroup() && BpfCall.hint(errno).isEmpty()) {
      return "a program without BPF_F_ALLOW_MULTI is attached to this cgroup or one above it, and"
          + " excludes all others";
    }
    if (known == Errno.EINVAL && ordered) {
      return "this kernel may not know the order of programs (Linux 6.16)";
    }
    if (known == Errno.EBADF && type.isCgroup()) {
      return "expected a folder of a cgroup v2 file system";
    }
    return BpfCall.hint(errno);
  }
}
