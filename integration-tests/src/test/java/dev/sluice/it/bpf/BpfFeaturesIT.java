// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.bpf.BpfFeatures;
import dev.sluice.linux.bpf.ObjectIds;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.MapType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** This kernel has everything that Sluice knows of; a probe that says otherwise is wrong. */
class BpfFeaturesIT {
  private static final ProbeResult SUPPORTED = new ProbeResult.Supported();

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "TRACE_ITER")
  void findsEveryPlaceForPrograms(AttachType type) {
    assertThat(BpfFeatures.program(type)).isEqualTo(SUPPORTED);
  }

  @ParameterizedTest
  @EnumSource
  void findsEveryTypeOfMap(MapType type) {
    assertThat(BpfFeatures.map(type)).isEqualTo(SUPPORTED);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "CGROUP_INET4_CONNECT",
        "CGROUP_UDP6_RECVMSG",
        "CGROUP_GETSOCKOPT",
        "CGROUP_SOCK_OPS",
        "CGROUP_INET_SOCK_RELEASE",
        "CGROUP_INET4_GETPEERNAME",
        "SK_LOOKUP"
      })
  void findsLinks(AttachType type) {
    assertThat(BpfFeatures.link(type)).isEqualTo(SUPPORTED);
  }

  @Test
  void findsTheRest() {
    assertThat(
            List.of(
                BpfFeatures.linkOrder(),
                BpfFeatures.linkBeforeChildren(),
                BpfFeatures.kernelTypes(),
                BpfFeatures.iterator("bpf_sk_storage_map"),
                BpfFeatures.iterator("tcp"),
                BpfFeatures.mapBatch(),
                BpfFeatures.mapFreeze()))
        .containsOnly(SUPPORTED);
  }

  @Test
  void saysThatSomethingIsMissing() {
    assertThat(BpfFeatures.iterator("no_such_thing"))
        .isEqualTo(new ProbeResult.Unsupported("this kernel has no iterator no_such_thing"));
  }

  @Test
  void leavesNothingBehind() throws Exception {
    try (DescriptorCount descriptors = DescriptorCount.begin()) {
      List<Integer> links = ObjectIds.links();
      BpfFeatures.link(AttachType.CGROUP_INET4_CONNECT);
      BpfFeatures.map(MapType.SK_STORAGE);
      BpfFeatures.program(AttachType.SK_LOOKUP);
      assertThat(ObjectIds.links()).isEqualTo(links);
      assertThat(descriptors.stillOpen()).isZero();
    }
  }
}
