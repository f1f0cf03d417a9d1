// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.ffi.BpfOffsets;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel says about a link, {@code struct bpf_link_info}. Immutable.
 *
 * @param id unique among the links that exist now
 * @param programId the program that it attaches now
 * @param target what it is attached to
 */
public record LinkInfo(int id, int programId, Target target) {
  private static final int CGROUP = 3;
  private static final int ITERATOR = 4;
  private static final int NETNS = 5;

  /** What a link is attached to. */
  public sealed interface Target {
    /**
     * A cgroup.
     *
     * @param cgroupId its id, the inode number of its folder; 0 if it is gone
     * @param attachType the hook; null for one that isn't known here
     */
    record Cgroup(long cgroupId, @Nullable AttachType attachType) implements Target {}

    /**
     * A network namespace.
     *
     * @param inode its number; 0 if it is gone
     * @param attachType the hook; null for one that isn't known here
     */
    record Namespace(int inode, @Nullable AttachType attachType) implements Target {}

    /** An iterator. */
    record Iterator() implements Target {}

    /**
     * Something that Sluice doesn't use.
     *
     * @param type the {@code enum bpf_link_type}
     */
    record Other(int type) implements Target {}
  }

  /**
   * True if what it was attached to is gone, so that it attaches nothing any more: the kernel
   * leaves such a link behind, and refuses to update it with ENOLINK.
   */
  public boolean isDefunct() {
    return switch (target) {
      case Target.Cgroup cgroup -> cgroup.cgroupId() == 0;
      case Target.Namespace namespace -> namespace.inode() == 0;
      case Target.Iterator _, Target.Other _ -> false;
    };
  }

  static LinkInfo of(int descriptor) throws SyscallException {
    ObjectInfo info = ObjectInfo.read(descriptor);
    Target target =
        switch (info.u32(BpfOffsets.LinkInfo.TYPE)) {
          case CGROUP ->
              new Target.Cgroup(
                  info.u64(BpfOffsets.LinkInfo.CGROUP_CGROUP_ID),
                  AttachType.of(info.u32(BpfOffsets.LinkInfo.CGROUP_ATTACH_TYPE)));
          case NETNS ->
              new Target.Namespace(
                  info.u32(BpfOffsets.LinkInfo.NETNS_NETNS_INO),
                  AttachType.of(info.u32(BpfOffsets.LinkInfo.NETNS_ATTACH_TYPE)));
          case ITERATOR -> new Target.Iterator();
          default -> new Target.Other(info.u32(BpfOffsets.LinkInfo.TYPE));
        };
    return new LinkInfo(
        info.u32(BpfOffsets.LinkInfo.ID), info.u32(BpfOffsets.LinkInfo.PROG_ID), target);
  }
}
