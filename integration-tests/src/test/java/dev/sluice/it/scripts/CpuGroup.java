// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A cgroup with a quota of processor time and one inside it without, wherever this machine has that
 * controller: in a tree of version 1 of its own, or in that of version 2. Closed by its maker, when
 * its processes have ended.
 */
final class CpuGroup implements AutoCloseable {
  private static final long PERIOD_MICROS = 100_000;

  private final Path outer;
  private final Path inner;

  private CpuGroup(Path outer, Path inner) {
    this.outer = outer;
    this.inner = inner;
  }

  /** Makes both; {@code percent} of one processor. */
  static CpuGroup ofPercent(int percent) throws IOException {
    boolean second = false;
    Path top = Path.of("/nowhere");
    for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
      List<String> fields = List.of(line.split(" ", -1));
      boolean first =
          fields.get(2).equals("cgroup") && List.of(fields.get(3).split(",", -1)).contains("cpu");
      if (first || (fields.get(2).equals("cgroup2") && hasCpu(Path.of(fields.get(1))))) {
        top = Path.of(fields.get(1));
        second = !first;
      }
    }
    if (second) {
      Files.writeString(top.resolve("cgroup.subtree_control"), "+cpu");
    }
    Path outer = Files.createDirectory(top.resolve("sluice-it-" + ProcessHandle.current().pid()));
    CpuGroup group = new CpuGroup(outer, Files.createDirectory(outer.resolve("inner")));
    long quota = PERIOD_MICROS * percent / 100;
    if (second) {
      Files.writeString(outer.resolve("cpu.max"), quota + " " + PERIOD_MICROS);
    } else {
      Files.writeString(outer.resolve("cpu.cfs_quota_us"), Long.toString(quota));
    }
    return group;
  }

  private static boolean hasCpu(Path tree) throws IOException {
    return List.of(Files.readString(tree.resolve("cgroup.controllers")).trim().split(" ", -1))
        .contains("cpu");
  }

  /** Write a process id there, and it is inside. */
  Path members() {
    return inner.resolve("cgroup.procs");
  }

  @Override
  public void close() throws IOException {
    Files.delete(inner);
    Files.delete(outer);
  }
}
