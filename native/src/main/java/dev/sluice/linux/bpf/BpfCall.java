// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Capability;
import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import java.util.ArrayList;
import java.util.List;

/** Makes bpf(2) calls and turns their errors into exceptions that say what an operator can do. */
final class BpfCall {
  private BpfCall() {}

  /** The result of the call, 0 or more. */
  static int check(BpfAttr attr, BpfCommand command, String doing) throws SyscallException {
    int result = attr.call(command);
    if (result < 0) {
      throw failure(command, -result, doing);
    }
    return result;
  }

  /** The descriptor that the call returned, owned. */
  static FileDescriptor open(BpfAttr attr, BpfCommand command, String doing)
      throws SyscallException {
    return FileDescriptor.owning(check(attr, command, doing));
  }

  static SyscallException failure(BpfCommand command, int errno, String doing) {
    return new SyscallException("bpf(" + command + ")", errno, doing, hint(errno));
  }

  /** What an errno of bpf(2) usually means, or nothing. */
  static String hint(int errno) {
    Errno known = Errno.of(errno);
    if (known == Errno.EPERM || known == Errno.EACCES) {
      return privilegeHint();
    }
    if (known == Errno.ENOSYS) {
      return "this kernel is built without eBPF";
    }
    if (known == Errno.E2BIG) {
      return "this kernel is too old for a field of the call";
    }
    return "";
  }

  private static String privilegeHint() {
    List<Capability> missing = new ArrayList<>();
    try {
      if (Capability.CAP_SYS_ADMIN.effective()) {
        return "";
      }
      for (Capability needed :
          List.of(Capability.CAP_BPF, Capability.CAP_NET_ADMIN, Capability.CAP_PERFMON)) {
        if (!needed.effective()) {
          missing.add(needed);
        }
      }
    } catch (SyscallException e) {
      return "may need CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; " + e.getMessage();
    }
    return missing.isEmpty() ? "" : "this process lacks " + missing;
  }
}
