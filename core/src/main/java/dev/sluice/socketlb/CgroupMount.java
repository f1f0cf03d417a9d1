// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.MountEntry;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One place where the cgroup v2 tree is mounted, or a part of it. There may be several: a container
 * sees its own part and the host's tree that was given to it, some programs mount the tree once
 * more, and mounts that others cover are listed too. Pure. See cgroup_namespaces(7) and
 * proc_pid_mountinfo(5).
 *
 * @param root the cgroup that is at the mount point, by its path from the root of this process's
 *     cgroup namespace; leads out of that by {@code ..}
 * @param point where it is mounted
 */
record CgroupMount(Path root, Path point) {
  private static final Path UP = Path.of("..");

  /** The widest first: from furthest above, with the fewest folders from there. */
  private static final Comparator<CgroupMount> WIDEST =
      Comparator.comparingInt((CgroupMount mount) -> -ups(mount.root))
          .thenComparingInt(mount -> mount.root.getNameCount());

  /** Those among all mounts. What is mounted at the very same place later covers the earlier. */
  static List<CgroupMount> among(List<MountEntry> mounts) {
    Map<Path, CgroupMount> found = new LinkedHashMap<>();
    for (MountEntry mount : mounts) {
      found.remove(mount.point());
      if (mount.type().equals("cgroup2")) {
        found.put(mount.point(), new CgroupMount(mount.root(), mount.point()));
      }
    }
    return List.copyOf(found.values());
  }

  /**
   * The one that shows most of the tree around the cgroup {@code own}; if none shows that, the one
   * that shows most.
   *
   * @param own from the root of the cgroup namespace, as {@code /proc/self/cgroup} has it
   * @param usable whether a tree is really at that place
   */
  static Optional<CgroupMount> widest(List<CgroupMount> mounts, Path own, Predicate<Path> usable) {
    Comparator<CgroupMount> aroundOwn = Comparator.comparing(mount -> !mount.holds(own));
    return mounts.stream()
        .filter(mount -> usable.test(mount.point))
        .min(aroundOwn.thenComparing(WIDEST));
  }

  /**
   * Where the cgroup {@code path} is seen, from as far above as can be; empty if nowhere. What is
   * mounted from above the namespace's root is no way to it: the names in between aren't known.
   */
  static Optional<Path> folder(List<CgroupMount> mounts, Path path, Predicate<Path> usable) {
    return mounts.stream()
        .filter(mount -> mount.leadsTo(path) && usable.test(mount.point))
        .min(WIDEST)
        .map(mount -> mount.point.resolve(mount.root.relativize(path).toString()));
  }

  /** The mount that a folder lies in. */
  static Optional<CgroupMount> around(List<CgroupMount> mounts, Path folder) {
    return mounts.stream()
        .filter(mount -> folder.startsWith(mount.point))
        .max(Comparator.comparingInt(mount -> mount.point.getNameCount()));
  }

  private boolean holds(Path path) {
    boolean fromAbove = ups(root) == root.getNameCount() && ups(root) > ups(path);
    return fromAbove || leadsTo(path);
  }

  private boolean leadsTo(Path path) {
    return ups(root) == ups(path) && path.startsWith(root);
  }

  /** How many folders above the root of the namespace it begins. */
  private static int ups(Path path) {
    int count = 0;
    while (count < path.getNameCount() && path.getName(count).equals(UP)) {
      count++;
    }
    return count;
  }
}
