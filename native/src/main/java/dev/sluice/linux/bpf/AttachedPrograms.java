// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.Query;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What is attached to a hook ({@code BPF_PROG_QUERY}). Immutable.
 *
 * @param ids the programs' ids, in the order in which they run
 * @param flags how the hook is shared: {@code BPF_F_ALLOW_MULTI} and so on; 0 for one program that
 *     excludes others, or for none
 * @param revision counts the changes; 0 if the kernel doesn't say (before Linux 6.17)
 */
public record AttachedPrograms(List<Integer> ids, int flags, long revision) {
  private static final int FIRST_ROOM = 64;
  private static final int BPF_F_ALLOW_OVERRIDE = 1;
  private static final int BPF_F_ALLOW_MULTI = 2;

  /** Copies the list. */
  public AttachedPrograms {
    ids = List.copyOf(ids);
  }

  /** True if one program is there that lets no other one in: no link can be made beside it. */
  public boolean isExclusive() {
    return !ids.isEmpty() && (flags & (BPF_F_ALLOW_MULTI | BPF_F_ALLOW_OVERRIDE)) == 0;
  }

  /** True if others may be attached beside what is there. */
  public boolean allowsMore() {
    return ids.isEmpty() || (flags & BPF_F_ALLOW_MULTI) != 0;
  }

  static AttachedPrograms query(FileDescriptor target, AttachType type, int flags, String where)
      throws SyscallException {
    int room = FIRST_ROOM;
    while (true) {
      try (BpfAttr attr =
          BpfAttr.of(Query.BYTES)
              .u32(Query.TARGET_FD, target.number())
              .u32(Query.ATTACH_TYPE, type.number())
              .u32(Query.QUERY_FLAGS, flags)
              .u32(Query.PROG_CNT, room)) {
        BpfAttr.Output ids = attr.output(Query.PROG_IDS, room * Integer.BYTES);
        int result = attr.call(BpfCommand.BPF_PROG_QUERY);
        if (Errno.ENOSPC.returnedBy(result)) {
          room = Math.max(2 * room, attr.u32(Query.PROG_CNT));
          continue;
        }
        if (result < 0) {
          throw BpfCall.failure(BpfCommand.BPF_PROG_QUERY, -result, "of " + type + " of " + where);
        }
        return new AttachedPrograms(
            integers(ids.bytes(attr.u32(Query.PROG_CNT) * Integer.BYTES)),
            attr.u32(Query.ATTACH_FLAGS),
            attr.u64(Query.REVISION));
      }
    }
  }

  private static List<Integer> integers(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    List<Integer> found = new ArrayList<>();
    while (buffer.hasRemaining()) {
      found.add(buffer.getInt());
    }
    return found;
  }
}
