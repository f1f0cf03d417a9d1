// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfOffsets;
import java.time.Duration;

/**
 * What the kernel says about a program, {@code struct bpf_prog_info}. Immutable.
 *
 * @param id unique among the programs that exist now
 * @param name at most 15 characters
 * @param type the {@code enum bpf_prog_type}
 * @param tag a hash of the instructions, 16 hexadecimal digits
 * @param btfId the type information that it refers to; 0 for none
 * @param loadedAfterBoot when it was loaded, since the machine was started
 * @param uid of who loaded it
 * @param runs how often it ran while {@link RunCounts} were kept (Linux 5.1); 0 if never
 */
public record ProgramInfo(
    int id,
    String name,
    int type,
    String tag,
    int btfId,
    Duration loadedAfterBoot,
    int uid,
    long runs) {
  static ProgramInfo of(int descriptor) throws SyscallException {
    ObjectInfo info = ObjectInfo.read(descriptor);
    return new ProgramInfo(
        info.u32(BpfOffsets.ProgramInfo.ID),
        info.name(BpfOffsets.ProgramInfo.NAME),
        info.u32(BpfOffsets.ProgramInfo.TYPE),
        info.hex(BpfOffsets.ProgramInfo.TAG, 8),
        info.u32(BpfOffsets.ProgramInfo.BTF_ID),
        Duration.ofNanos(info.u64(BpfOffsets.ProgramInfo.LOAD_TIME)),
        info.u32(BpfOffsets.ProgramInfo.CREATED_BY_UID),
        info.u64(BpfOffsets.ProgramInfo.RUN_CNT));
  }
}
