// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.InfoByFd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The answer of {@code BPF_OBJ_GET_INFO_BY_FD} (Linux 4.13), a struct that grows with the kernel:
 * what an older one doesn't fill reads as zero. Fields are read by their offsets in {@code
 * linux/bpf.h}. Immutable.
 */
final class ObjectInfo {

  /** More than any of the structs has. */
  private static final int MOST_BYTES = 512;

  private final ByteBuffer struct;

  private ObjectInfo(ByteBuffer struct) {
    this.struct = struct;
  }

  static ObjectInfo read(int descriptor) throws SyscallException {
    try (BpfAttr attr =
        BpfAttr.of(InfoByFd.BYTES)
            .u32(InfoByFd.BPF_FD, descriptor)
            .u32(InfoByFd.INFO_LEN, MOST_BYTES)) {
      BpfAttr.Output struct = attr.output(InfoByFd.INFO, MOST_BYTES);
      BpfCall.check(attr, BpfCommand.BPF_OBJ_GET_INFO_BY_FD, "of descriptor " + descriptor);
      return new ObjectInfo(
          ByteBuffer.wrap(struct.bytes(MOST_BYTES)).order(ByteOrder.nativeOrder()));
    }
  }

  int u32(int offset) {
    return struct.getInt(offset);
  }

  long u64(int offset) {
    return struct.getLong(offset);
  }

  /** The inline name at {@code offset}. */
  String name(int offset) {
    byte[] name = new byte[BpfAttr.NAME_BYTES];
    struct.get(offset, name);
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    return new String(name, 0, end, StandardCharsets.US_ASCII);
  }

  /** Bytes as hexadecimal digits. */
  String hex(int offset, int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes; i++) {
      text.append("%02x".formatted(struct.get(offset + i)));
    }
    return text.toString();
  }
}
