// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.bpf.spec.MapSpec;
import dev.sluice.linux.bpf.spec.MapType;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.MapCreate;
import dev.sluice.linux.ffi.MappedMemory;
import org.jspecify.annotations.Nullable;

/** {@code BPF_MAP_CREATE}. */
final class MapCreation {

  private MapCreation() {}

  static BpfMap create(MapSpec spec, @Nullable BtfObject types) throws SyscallException {
    MapShape inner = spec.inner();
    if (inner == null) {
      return create(spec.name(), spec.shape(), types, spec.keyType(), spec.valueType());
    }
    // The kernel only looks at the example's shape; it is gone again straight afterwards.
    try (BpfMap example = create(spec.name(), inner, null, 0, 0)) {
      return create(spec, example.descriptor().number());
    }
  }

  private static BpfMap create(MapSpec spec, int innerDescriptor) throws SyscallException {
    try (BpfAttr attr =
        attr(spec.name(), spec.shape()).u32(MapCreate.INNER_MAP_FD, innerDescriptor)) {
      return create(attr, spec.name(), spec.shape());
    }
  }

  static BpfMap create(
      String name, MapShape wanted, @Nullable BtfObject types, int keyType, int valueType)
      throws SyscallException {
    MapShape shape = adjusted(wanted);
    try (BpfAttr attr = attr(name, shape)) {
      if (types != null && valueType != 0) {
        attr.u32(MapCreate.BTF_FD, types.descriptor().number())
            .u32(MapCreate.BTF_KEY_TYPE_ID, keyType)
            .u32(MapCreate.BTF_VALUE_TYPE_ID, valueType);
      }
      return create(attr, name, shape);
    }
  }

  private static BpfAttr attr(String name, MapShape shape) {
    return BpfAttr.of(MapCreate.BYTES)
        .u32(MapCreate.MAP_TYPE, shape.type())
        .u32(MapCreate.KEY_SIZE, shape.keyBytes())
        .u32(MapCreate.VALUE_SIZE, shape.valueBytes())
        .u32(MapCreate.MAX_ENTRIES, shape.maxEntries())
        .u32(MapCreate.MAP_FLAGS, shape.flags())
        .name(MapCreate.MAP_NAME, name);
  }

  private static BpfMap create(BpfAttr attr, String name, MapShape shape) throws SyscallException {
    int result = attr.call(BpfCommand.BPF_MAP_CREATE);
    if (result < 0) {
      throw new SyscallException(
          "bpf(BPF_MAP_CREATE)", -result, "of map " + name + ", " + shape, hint(-result, shape));
    }
    return new BpfMap(FileDescriptor.owning(result), name, shape);
  }

  /** A ring has to be a power of two of pages, and pages differ between machines. */
  static MapShape adjusted(MapShape shape) {
    if (shape.type() != MapType.RINGBUF.number()) {
      return shape;
    }
    int least = Math.max(shape.maxEntries(), MappedMemory.pageBytes());
    int power = Integer.highestOneBit(least);
    return shape.withMaxEntries(power == least ? least : power << 1);
  }

  private static String hint(int errno, MapShape shape) {
    if (Errno.of(errno) == Errno.EINVAL && MapType.of(shape.type()) == MapType.SK_STORAGE) {
      return "socket storage needs typed keys (int) and values, and BPF_F_NO_PREALLOC";
    }
    if (Errno.of(errno) == Errno.EINVAL) {
      return "this kernel may not know this type of map or one of its flags";
    }
    return BpfCall.hint(errno);
  }
}
