// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.MountEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which of the places where a cgroup v2 tree is mounted is taken, on systems as they are. */
class CgroupMountTest {
  /** A system, the cgroup that the process is in, and what follows. */
  enum Machine {
    DEBIAN(
        "27 24 0:24 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2"
            + " rw,nsdelegate",
        "/system.slice/sluice-node.service",
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/system.slice/sluice-node.service"),

    BESIDE_VERSION_1(
        """
        31 23 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
        32 31 0:29 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup rw,nsdelegate
        33 31 0:30 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,name=systemd
        """,
        "/user.slice/user-1000.slice/session-3.scope",
        "/sys/fs/cgroup/unified",
        "/sys/fs/cgroup/unified/user.slice/user-1000.slice/session-3.scope"),

    /** Cilium's agent mounts the tree once more. */
    MOUNTED_TWICE(
        """
        27 24 0:24 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
        611 25 0:24 / /run/cilium/cgroupv2 rw,relatime shared:300 - cgroup2 none rw,nsdelegate
        """,
        "/system.slice/sluice-lb.service",
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/system.slice/sluice-lb.service"),

    /** A cgroup of others, mounted first, shows nothing of this process. */
    ANOTHER_PART_FIRST(
        """
        60 24 0:24 /machine.slice/box.scope /srv/box/sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw
        61 24 0:24 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
        """,
        "/system.slice/sluice-lb.service",
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/system.slice/sluice-lb.service"),

    COVERED(
        """
        27 24 0:24 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw
        70 27 0:51 / /sys/fs/cgroup rw - tmpfs tmpfs rw
        71 70 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
        """,
        "/a",
        "/sys/fs/cgroup/unified",
        "/sys/fs/cgroup/unified/a"),

    /** Of a mount below one that covers it, the list says nothing: it has to be looked. */
    COVERED_FROM_ABOVE(
        """
        27 24 0:24 / /sys/fs/cgroup/hidden rw shared:9 - cgroup2 cgroup2 rw
        70 27 0:51 / /sys rw - sysfs sysfs rw
        71 70 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
        """,
        "/a",
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/a"),

    /** A container in the host's cgroup namespace, to which the host's tree was given. */
    CONTAINER_AND_HOST(
        """
        901 898 0:24 /kubepods.slice/pod1/cri-1.scope /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw
        904 890 0:24 / /run/cgroup rw,nosuid master:9 - cgroup2 cgroup2 rw
        """,
        "/kubepods.slice/pod1/cri-1.scope",
        "/run/cgroup",
        "/run/cgroup/kubepods.slice/pod1/cri-1.scope"),

    /** The same in a cgroup namespace of its own: the names of what is above aren't known. */
    OWN_NAMESPACE_AND_HOST(
        """
        901 898 0:24 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw
        904 890 0:24 /../../.. /run/cgroup rw,nosuid master:9 - cgroup2 cgroup2 rw
        """,
        "/",
        "/run/cgroup",
        "/sys/fs/cgroup"),

    BESIDE_ITS_NAMESPACE(
        """
        901 898 0:24 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw
        902 898 0:24 /../other /srv/other rw - cgroup2 cgroup rw
        """,
        "/../other/below",
        "/srv/other",
        "/srv/other/below"),

    OUTSIDE_ITS_NAMESPACE(
        "901 898 0:24 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw",
        "/../other",
        "/sys/fs/cgroup",
        ""),

    BLANK_IN_A_NAME(
        "27 24 0:24 /my\\040app /srv/a\\040b rw - cgroup2 none rw",
        "/my app/x",
        "/srv/a b",
        "/srv/a b/x"),

    VERSION_1_ALONE("33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw", "/", "", "");

    private final String mountinfo;
    private final String own;
    private final String root;
    private final String folder;

    Machine(String mountinfo, String own, String root, String folder) {
      this.mountinfo = mountinfo;
      this.own = own;
      this.root = root;
      this.folder = folder;
    }

    List<CgroupMount> mounts() {
      return CgroupMount.among(MountEntry.parse(mountinfo.lines().toList()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isChosen(Machine machine) {
    assertThat(
            CgroupMount.widest(machine.mounts(), Path.of(machine.own), CgroupMountTest::isThere)
                .map(CgroupMount::point))
        .isEqualTo(path(machine.root));
    assertThat(CgroupMount.folder(machine.mounts(), Path.of(machine.own), CgroupMountTest::isThere))
        .isEqualTo(path(machine.folder));
  }

  @ParameterizedTest
  @EnumSource(names = {"CONTAINER_AND_HOST", "BESIDE_VERSION_1"})
  void isFoundAroundAFolder(Machine machine) {
    Map<Machine, Path> inside =
        Map.of(
            Machine.CONTAINER_AND_HOST, Path.of("/run/cgroup/a/b"),
            Machine.BESIDE_VERSION_1, Path.of("/sys/fs/cgroup/unified"));
    Path folder = inside.getOrDefault(machine, Path.of("/"));
    assertThat(CgroupMount.around(machine.mounts(), folder).map(CgroupMount::point))
        .isEqualTo(path(machine.root));
    assertThat(CgroupMount.around(machine.mounts(), Path.of("/sys/fs"))).isEmpty();
  }

  private static boolean isThere(Path point) {
    return !point.endsWith("hidden");
  }

  private static Optional<Path> path(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
  }
}
