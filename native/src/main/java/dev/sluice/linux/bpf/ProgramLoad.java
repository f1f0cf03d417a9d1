// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.Instructions;
import dev.sluice.linux.bpf.spec.ProgramSpec;
import dev.sluice.linux.bpf.spec.SourceLine;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code BPF_PROG_LOAD}: quietly first, since writing a log takes the verifier most of its time;
 * with a log that grows until it fits once the program has been refused.
 */
final class ProgramLoad {
  private static final int FUNCTION_INFO_BYTES = 8;
  private static final int LINE_INFO_BYTES = 16;
  private static final int LOG_LEVEL = 1;
  private static final int FIRST_LOG_BYTES = 64 << 10;

  /** Bounded, though the kernel would take a gigabyte. */
  private static final int MOST_LOG_BYTES = 256 << 20;

  /** The kernel gives up with EAGAIN when a signal arrives; the JVM sends itself some. */
  private static final int TRIES = 5;

  private final ProgramSpec spec;
  private final Instructions code;
  private final String licence;
  private final BtfObject types;
  private final int kernelType;

  /**
   * A load to be made.
   *
   * @param code the program's instructions with maps and fields filled in
   * @param kernelType for iterators, the id of the function in the kernel's types that says what
   *     they walk; else 0
   */
  ProgramLoad(
      ProgramSpec spec, Instructions code, String licence, BtfObject types, int kernelType) {
    this.spec = spec;
    this.code = code;
    this.licence = licence;
    this.types = types;
    this.kernelType = kernelType;
  }

  BpfProgram load() throws BpfLoadException {
    int result = tryQuietly();
    if (result < 0) {
      return loadWithLog(-result);
    }
    return loaded(result);
  }

  private int tryQuietly() {
    int result = 0;
    for (int i = 0; i < TRIES; i++) {
      try (BpfAttr attr = attr()) {
        result = attr.call(BpfCommand.BPF_PROG_LOAD);
      }
      if (!Errno.EAGAIN.returnedBy(result)) {
        break;
      }
    }
    return result;
  }

  private BpfProgram loadWithLog(int firstErrno) throws BpfLoadException {
    int bytes = FIRST_LOG_BYTES;
    while (true) {
      try (BpfAttr attr = attr()) {
        BpfAttr.Output text =
            attr.u32(BpfOffsets.ProgramLoad.LOG_LEVEL, LOG_LEVEL)
                .u32(BpfOffsets.ProgramLoad.LOG_SIZE, bytes)
                .output(BpfOffsets.ProgramLoad.LOG_BUF, bytes);
        int result = attr.call(BpfCommand.BPF_PROG_LOAD);
        if (result >= 0) {
          return loaded(result);
        }
        boolean cut = Errno.ENOSPC.returnedBy(result);
        if (!cut || bytes >= MOST_LOG_BYTES) {
          throw refused(cut ? firstErrno : -result, VerifierLog.of(text.bytes(bytes)));
        }
        bytes = larger(bytes, attr.u32(BpfOffsets.ProgramLoad.LOG_TRUE_SIZE));
      }
    }
  }

  /** The size that the kernel asks for (Linux 6.4), or twice as much as before. */
  private static int larger(int bytes, int asked) {
    long next = Math.max(2L * bytes, Integer.toUnsignedLong(asked));
    return (int) Math.min(next, MOST_LOG_BYTES);
  }

  private BpfProgram loaded(int descriptor) {
    return new BpfProgram(FileDescriptor.owning(descriptor), spec.name());
  }

  private BpfLoadException refused(int errno, VerifierLog log) {
    OptionalInt instruction = log.lastInstruction();
    Optional<SourceLine> source =
        instruction.isPresent() ? spec.source(instruction.getAsInt()) : Optional.empty();
    return new BpfLoadException("bpf(BPF_PROG_LOAD) of program " + spec, errno, log, source);
  }

  private BpfAttr attr() {
    BpfAttr attr =
        BpfAttr.of(BpfOffsets.ProgramLoad.BYTES)
            .u32(BpfOffsets.ProgramLoad.PROG_TYPE, spec.kind().type().number())
            .u32(BpfOffsets.ProgramLoad.INSN_CNT, code.count())
            .bytes(BpfOffsets.ProgramLoad.INSNS, code.bytes())
            .text(BpfOffsets.ProgramLoad.LICENSE, licence)
            .name(BpfOffsets.ProgramLoad.PROG_NAME, spec.name())
            .u32(
                BpfOffsets.ProgramLoad.EXPECTED_ATTACH_TYPE,
                spec.kind().attachType().map(AttachType::number).orElse(0))
            .u32(BpfOffsets.ProgramLoad.ATTACH_BTF_ID, kernelType);
    byte[] functions = spec.functionInfo();
    byte[] lines = spec.lineInfo();
    if (functions.length > 0) {
      attr.u32(BpfOffsets.ProgramLoad.PROG_BTF_FD, types.descriptor().number())
          .u32(BpfOffsets.ProgramLoad.FUNC_INFO_REC_SIZE, FUNCTION_INFO_BYTES)
          .bytes(BpfOffsets.ProgramLoad.FUNC_INFO, functions)
          .u32(BpfOffsets.ProgramLoad.FUNC_INFO_CNT, functions.length / FUNCTION_INFO_BYTES)
          .u32(BpfOffsets.ProgramLoad.LINE_INFO_REC_SIZE, LINE_INFO_BYTES)
          .bytes(BpfOffsets.ProgramLoad.LINE_INFO, lines)
          .u32(BpfOffsets.ProgramLoad.LINE_INFO_CNT, lines.length / LINE_INFO_BYTES);
    }
    return attr;
  }
}
