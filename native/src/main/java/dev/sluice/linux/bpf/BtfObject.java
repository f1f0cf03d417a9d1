// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.BtfLoad;
import java.util.Optional;

/**
 * Type information in the kernel ({@code BPF_BTF_LOAD}, Linux 4.18), which maps and programs refer
 * to. Needed only while they are made; they keep it.
 */
final class BtfObject implements AutoCloseable {
  private static final int LOG_BYTES = 64 << 10;

  private final FileDescriptor descriptor;

  private BtfObject(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  static BtfObject load(byte[] blob) throws BpfLoadException {
    try (BpfAttr quiet = attr(blob)) {
      int result = quiet.call(BpfCommand.BPF_BTF_LOAD);
      return result < 0 ? loadWithLog(blob, -result) : new BtfObject(FileDescriptor.owning(result));
    }
  }

  FileDescriptor descriptor() {
    return descriptor;
  }

  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }

  private static BtfObject loadWithLog(byte[] blob, int firstErrno) throws BpfLoadException {
    try (BpfAttr attr = attr(blob)) {
      BpfAttr.Output text =
          attr.u32(BtfLoad.BTF_LOG_SIZE, LOG_BYTES)
              .u32(BtfLoad.BTF_LOG_LEVEL, 1)
              .output(BtfLoad.BTF_LOG_BUF, LOG_BYTES);
      int result = attr.call(BpfCommand.BPF_BTF_LOAD);
      if (result >= 0) {
        return new BtfObject(FileDescriptor.owning(result));
      }
      // ENOSPC would be about our buffer.
      int errno = Errno.ENOSPC.returnedBy(result) ? firstErrno : -result;
      throw new BpfLoadException(
          "bpf(BPF_BTF_LOAD) of the object's types",
          errno,
          VerifierLog.of(text.bytes(LOG_BYTES)),
          Optional.empty());
    }
  }

  private static BpfAttr attr(byte[] blob) {
    return BpfAttr.of(BtfLoad.BYTES).bytes(BtfLoad.BTF, blob).u32(BtfLoad.BTF_SIZE, blob.length);
  }
}
