// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.MountEntry;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BpfFileSystemTest {
  @Test
  void findsMountsInMountinfo() {
    assertThat(
            places(
                List.of(
                    "22 1 0:20 / /sys rw,nosuid - sysfs sysfs rw",
                    "30 22 0:27 / /sys/fs/bpf rw,nosuid shared:9 - bpf bpf rw,mode=700",
                    "31 1 0:28 / /run/a\\040b\\134c rw - bpf none rw",
                    "32 1 0:29 / /bpf rw - tmpfs bpf rw",
                    "nonsense")))
        .containsExactly(Path.of("/sys/fs/bpf"), Path.of("/run/a b\\c"));
  }

  @Test
  void findsNoneWhereThereIsNone() {
    assertThat(places(List.of("22 1 0:20 / /sys rw - sysfs sysfs rw"))).isEmpty();
  }

  private static List<Path> places(List<String> lines) {
    return BpfFileSystem.places(MountEntry.parse(lines));
  }
}
