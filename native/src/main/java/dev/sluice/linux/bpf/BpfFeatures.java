// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.KernelMismatchException;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.bpf.spec.MapSpec;
import dev.sluice.linux.bpf.spec.MapType;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.LinkCreate;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * Asks the kernel what it can do by doing it, with programs of two instructions and maps of one
 * entry; never by its version, since distributions backport. Attaches nothing: that a kernel knows
 * a kind of link shows in how it refuses a target that does not exist. Without CAP_BPF and
 * CAP_NET_ADMIN the answers are inconclusive. Leaves nothing behind. Thread-safe.
 */
public final class BpfFeatures {
  private static final int BPF_F_NO_PREALLOC = 1;
  private static final int NO_DESCRIPTOR = -1;

  private BpfFeatures() {}

  /** Whether programs for that place can be loaded; for iterators see {@link #iterator}. */
  public static ProbeResult program(AttachType type) {
    return ProbeProgram.probe(type, 0);
  }

  /** Whether maps of that type can be made. */
  public static ProbeResult map(MapType type) {
    MapShape shape =
        switch (type) {
          case HASH, ARRAY, ARRAY_OF_MAPS, PERCPU_HASH, PERCPU_ARRAY, LRU_HASH, SOCKMAP, SOCKHASH ->
              MapShape.of(type, 4, 4, 1, 0);
          case LPM_TRIE -> MapShape.of(type, 8, 4, 1, BPF_F_NO_PREALLOC);
          case SK_STORAGE -> MapShape.of(type, 4, 4, 0, BPF_F_NO_PREALLOC);
          case RINGBUF -> MapShape.of(type, 0, 0, 1, 0);
        };
    return attempt(
        () -> {
          if (type == MapType.ARRAY_OF_MAPS) {
            MapShape inner = MapShape.of(MapType.HASH, 4, 4, 1, 0);
            MapCreation.create(new MapSpec("probe", shape, 0, 0, false, inner), null).close();
            return;
          }
          if (type != MapType.SK_STORAGE) {
            BpfMap.create("probe", shape).close();
            return;
          }
          try (BtfObject types = BtfObject.load(ProbeTypes.integer())) {
            MapCreation.create("probe", shape, types, 1, 1).close();
          }
        });
  }

  /** Whether programs can be attached there by a link, which outlives the process by a pin. */
  public static ProbeResult link(AttachType type) {
    return link(type, AttachOrder.unspecified());
  }

  /** Whether a cgroup's programs can be put in an order ({@code BPF_F_BEFORE}; Linux 6.16). */
  public static ProbeResult linkOrder() {
    return link(AttachType.CGROUP_INET4_CONNECT, AttachOrder.first());
  }

  /** Whether a program can run before those of child cgroups ({@code BPF_F_PREORDER}). */
  public static ProbeResult linkBeforeChildren() {
    return link(AttachType.CGROUP_INET4_CONNECT, AttachOrder.unspecified().beforeChildren());
  }

  /** Whether the kernel has its own types, for the places of its fields. */
  public static ProbeResult kernelTypes() {
    try {
      new KernelTypes(KernelTypes.OF_THIS_KERNEL).require("a probe");
      return new ProbeResult.Supported();
    } catch (KernelMismatchException e) {
      return new ProbeResult.Unsupported(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new ProbeResult.Inconclusive(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Whether there is an iterator over that kind of objects.
   *
   * @param target such as {@code bpf_sk_storage_map} or {@code tcp}
   */
  public static ProbeResult iterator(String target) {
    try {
      OptionalInt function =
          new KernelTypes(KernelTypes.OF_THIS_KERNEL)
              .require("a probe")
              .function("bpf_iter_" + target);
      return function.isPresent()
          ? ProbeProgram.probe(AttachType.TRACE_ITER, function.getAsInt())
          : new ProbeResult.Unsupported("this kernel has no iterator " + target);
    } catch (KernelMismatchException e) {
      return new ProbeResult.Unsupported(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new ProbeResult.Inconclusive(String.valueOf(e.getMessage()));
    }
  }

  /** Whether many entries of a hash can be read in one call (Linux 5.6). */
  public static ProbeResult mapBatch() {
    return attempt(
        () -> {
          try (BpfMap map = BpfMap.create("probe", MapShape.of(MapType.HASH, 4, 4, 1, 0))) {
            MapBatch.of(map).readAll();
          }
        });
  }

  /** Whether a map can be closed for writing from outside ({@code BPF_MAP_FREEZE}, Linux 5.2). */
  public static ProbeResult mapFreeze() {
    return attempt(
        () -> {
          try (BpfMap map = BpfMap.create("probe", MapShape.of(MapType.ARRAY, 4, 4, 1, 0))) {
            map.freeze();
          }
        });
  }

  private static ProbeResult link(AttachType type, AttachOrder order) {
    int loaded = ProbeProgram.load(type, 0);
    if (loaded < 0) {
      return ProbeProgram.outcome(type, loaded);
    }
    try (FileDescriptor program = FileDescriptor.owning(loaded);
        BpfAttr attr =
            BpfAttr.of(LinkCreate.BYTES)
                .u32(LinkCreate.PROG_FD, program.number())
                .u32(LinkCreate.TARGET_FD, NO_DESCRIPTOR)
                .u32(LinkCreate.ATTACH_TYPE, type.number())
                .u32(LinkCreate.FLAGS, order.flags())) {
      int result = attr.call(BpfCommand.BPF_LINK_CREATE);
      String asked = "bpf(BPF_LINK_CREATE) to " + type + " of no descriptor: ";
      if (Errno.EBADF.returnedBy(result)) {
        return new ProbeResult.Supported(); // Everything else about the call was in order.
      }
      return Errno.EINVAL.returnedBy(result)
          ? new ProbeResult.Unsupported(asked + Errno.describe(-result))
          : new ProbeResult.Inconclusive(asked + Errno.describe(-result));
    } catch (SyscallException e) {
      return new ProbeResult.Inconclusive(e.getMessage());
    }
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private static ProbeResult attempt(Attempt attempt) {
    try {
      attempt.run();
      return new ProbeResult.Supported();
    } catch (SyscallException e) {
      return e.is(Errno.EINVAL) || e.is(Errno.ENOTSUPP)
          ? new ProbeResult.Unsupported(e.getMessage())
          : new ProbeResult.Inconclusive(e.getMessage());
    } catch (IOException e) {
      return new ProbeResult.Inconclusive(String.valueOf(e.getMessage()));
    }
  }
}
