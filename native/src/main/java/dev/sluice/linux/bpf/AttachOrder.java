// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;

/**
 * Where among the programs of one hook of one cgroup a link's program is to run; without a wish,
 * after those that are there. Programs of a child cgroup run before those of its parents, save
 * where {@link #beforeChildren} turns that round. A link can be put before or after another
 * <em>link</em>, or before or after all others; next to one program that somebody attached without
 * a link it can't (EINVAL). Ordering needs Linux 6.16: ask {@link BpfFeatures#linkOrder}.
 * Immutable.
 *
 * @param place before or after what
 * @param preorder true to run before the programs of child cgroups ({@code BPF_F_PREORDER})
 */
public record AttachOrder(Place place, boolean preorder) {
  private static final int BPF_F_BEFORE = 1 << 3;
  private static final int BPF_F_AFTER = 1 << 4;
  private static final int BPF_F_ID = 1 << 5;
  private static final int BPF_F_PREORDER = 1 << 6;
  private static final int BPF_F_LINK = 1 << 13;

  /** Before or after what. */
  public sealed interface Place {
    /** Where the kernel puts it: after those that are there. */
    record Default() implements Place {}

    /** Before all others. */
    record First() implements Place {}

    /** After all others. */
    record Last() implements Place {}

    /**
     * Before a link.
     *
     * @param linkId the id of a link to the same hook of the same cgroup
     */
    record Before(int linkId) implements Place {}

    /**
     * After a link.
     *
     * @param linkId the id of a link to the same hook of the same cgroup
     */
    record After(int linkId) implements Place {}
  }

  /** Where the kernel puts it. */
  public static AttachOrder unspecified() {
    return new AttachOrder(new Place.Default(), false);
  }

  /** Before all others on the same cgroup. */
  public static AttachOrder first() {
    return new AttachOrder(new Place.First(), false);
  }

  /** After all others on the same cgroup. */
  public static AttachOrder last() {
    return new AttachOrder(new Place.Last(), false);
  }

  /** Before that link's program on the same cgroup. */
  public static AttachOrder before(BpfLink link) throws SyscallException {
    return new AttachOrder(new Place.Before(link.info().id()), false);
  }

  /** After that link's program on the same cgroup. */
  public static AttachOrder after(BpfLink link) throws SyscallException {
    return new AttachOrder(new Place.After(link.info().id()), false);
  }

  /** The same, before the programs of child cgroups. */
  public AttachOrder beforeChildren() {
    return new AttachOrder(place, true);
  }

  int flags() {
    int order =
        switch (place) {
          case Place.Default _ -> 0;
          case Place.First _ -> BPF_F_BEFORE;
          case Place.Last _ -> BPF_F_AFTER;
          case Place.Before _ -> BPF_F_BEFORE | BPF_F_ID | BPF_F_LINK;
          case Place.After _ -> BPF_F_AFTER | BPF_F_ID | BPF_F_LINK;
        };
    return preorder ? order | BPF_F_PREORDER : order;
  }

  /** The id that the order refers to; 0 for the whole list. */
  int relativeId() {
    return switch (place) {
      case Place.Default _, Place.First _, Place.Last _ -> 0;
      case Place.Before before -> before.linkId();
      case Place.After after -> after.linkId();
    };
  }
}
