// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PodCgroupTest {
  private static final String UID = "0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a39";

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          0::/kubepods/burstable/pod0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a39/4f3e2d
          0::/kubepods/pod0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a39
          0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0b5c2f5e_1f6d_4c3b_9a1e_5d8f7c6b4a39.slice/cri-containerd-4f.scope
          12:cpuacct:/kubepods/besteffort/pod0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a39/4f3e2d
          0::/../kubepods/pod0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a39/4f3e2d
          """)
  void findsTheUidInTheNamesOfBothDrivers(String line) {
    assertThat(PodCgroup.uid(List.of("1:name=systemd:/", line))).contains(UID);
  }

  @Test
  void findsThatOfAStaticPod() {
    assertThat(PodCgroup.uid(List.of("0::/kubepods/pod0b5c2f5e1f6d4c3b9a1e5d8f7c6b4a39/4f3e2d")))
        .contains("0b5c2f5e1f6d4c3b9a1e5d8f7c6b4a39");
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          0::/user.slice/user-0.slice
          0::/kubepods/burstable
          0::/kubepods/podium/0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a39
          0::/kubepods/pod0b5c2f5e-1f6d_4c3b-9a1e-5d8f7c6b4a39
          0::/kubepods/pod0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a390
          0::/tripod0b5c2f5e-1f6d-4c3b-9a1e-5d8f7c6b4a39
          """)
  void findsNoneInOtherNames(String line) {
    assertThat(PodCgroup.uid(List.of(line))).isEmpty();
  }
}
