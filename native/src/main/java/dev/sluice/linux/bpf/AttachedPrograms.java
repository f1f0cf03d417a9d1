// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

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
}
