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
import dev.sluice.linux.ffi.BpfOffsets;

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
            .u32(BpfOffsets.ProgramLoad.PROG_TYPE, type.programType().number())
            .u32(BpfOffsets.ProgramLoad.INSN_CNT, code.count())
            .bytes(BpfOffsets.ProgramLoad.INSNS, code.bytes())
            .text(BpfOffsets.ProgramLoad.LICENSE, "Dual BSD/GPL")
            .name(BpfOffsets.ProgramLoad.PROG_NAME, "probe")
            .u32(BpfOffsets.ProgramLoad.EXPECTED_ATTACH_TYPE, type.number())
            .u32(BpfOffsets.ProgramLoad.ATTACH_BTF_ID, kernelType)) {
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
