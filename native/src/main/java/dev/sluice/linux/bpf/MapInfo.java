// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.ffi.BpfOffsets;

/**
 * What the kernel says about a map, {@code struct bpf_map_info}. Immutable.
 *
 * @param id unique among the maps that exist now
 * @param name at most 15 characters
 * @param shape what it can hold
 * @param btfId the type information that it refers to; 0 for none
 */
public record MapInfo(int id, String name, MapShape shape, int btfId) {
  static MapInfo of(int descriptor) throws SyscallException {
    ObjectInfo info = ObjectInfo.read(descriptor);
    MapShape shape =
        new MapShape(
            info.u32(BpfOffsets.MapInfo.TYPE),
            info.u32(BpfOffsets.MapInfo.KEY_SIZE),
            info.u32(BpfOffsets.MapInfo.VALUE_SIZE),
            info.u32(BpfOffsets.MapInfo.MAX_ENTRIES),
            info.u32(BpfOffsets.MapInfo.MAP_FLAGS));
    return new MapInfo(
        info.u32(BpfOffsets.MapInfo.ID),
        info.name(BpfOffsets.MapInfo.NAME),
        shape,
        info.u32(BpfOffsets.MapInfo.BTF_ID));
  }
}
