// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.MapShape;

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
        new MapShape(info.u32(0), info.u32(8), info.u32(12), info.u32(16), info.u32(20));
    return new MapInfo(info.u32(4), info.name(24), shape, info.u32(64));
  }
}
