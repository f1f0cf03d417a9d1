// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.Instructions;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;

/** Loads the smallest program for a place, to see whether the kernel has it. */
final class ProbeProgram {
  private static final int BYTES = 116;
  private static final int TRIES = 5;

  private ProbeProgram() {}

  static ProbeResult probe(AttachType type, int kernelType) {
    int loaded = load(type, kernelType);
    if (loaded < 0) {
      return outcome(type, loaded);
    }
    try {
      FileDescriptor.owning(loaded).close();
      return new ProbeResult.Supported();
    } catch (SyscallException e) {
      return new ProbeResult.Inconclusive(e.getMessage());
    }
  }

  /** A descriptor, or {@code -errno}. */
  static int load(AttachType type, int kernelType) {
    // 1 lets pass what the hook is asked about; an iterator goes on with 0.
    Instructions code = Assembler.returning(type == AttachType.TRACE_ITER ? 0 : 1);
    try (BpfAttr attr =
        BpfAttr.of(BYTES)
            .u32(0, type.programType().number())
            .u32(4, code.count())
            .bytes(8, code.bytes())
            .text(16, "Dual BSD/GPL")
            .name(48, "probe")
            .u32(68, type.number())
            .u32(108, kernelType)) {
      int result = 0;
      for (int i = 0; i < TRIES; i++) {
        result = attr.call(BpfCommand.BPF_PROG_LOAD);
        if (!Errno.EAGAIN.returnedBy(result)) {
          break;
        }
      }
      return result;
    }
  }

  static ProbeResult outcome(AttachType type, int result) {
    String text =
        "bpf(BPF_PROG_LOAD) of a program for %s: %s".formatted(type, Errno.describe(-result));
    if (Errno.EINVAL.returnedBy(result) || Errno.E2BIG.returnedBy(result)) {
      return new ProbeResult.Unsupported(text);
    }
    String hint = BpfCall.hint(-result);
    return new ProbeResult.Inconclusive(hint.isEmpty() ? text : text + ": " + hint);
  }
}
