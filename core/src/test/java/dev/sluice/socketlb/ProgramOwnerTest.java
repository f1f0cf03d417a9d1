// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgramOwnerTest {
  /** BPF_OBJ_NAME_LEN of linux/bpf.h without the zero at the end. */
  private static final int KERNEL_NAME = 15;

  /** Functions as their projects name them; the kernel keeps their beginnings. */
  @ParameterizedTest
  @CsvSource({
    "cil_sock4_connect,Cilium",
    "cil_sock6_connect,Cilium",
    "cil_sock4_sendmsg,Cilium",
    "cil_sock4_recvmsg,Cilium",
    "cil_sock4_post_bind,Cilium",
    "sock4_connect,Cilium",
    "sock6_connect,Cilium",
    "calico_connect_v4,Calico",
    "calico_connect_v46,Calico",
    "calico_sendmsg_v4,Calico",
    "calico_recvmsg_v46,Calico",
    "cali_noop_v4,Calico",
    "cali_ctlb_v4,Calico",
    "cali_ctlb_sendmsg_v4,Calico",
    "cgroup_connect4_prog,Kmesh",
    "cgroup_connect6_prog,Kmesh",
    "cgroup_skb_ingress_prog,Kmesh",
    "cgroup_skb_egress_prog,Kmesh",
    "mb_sock4_connect,merbridge",
    "mb_sock6_connect,merbridge",
    "mb_recvmsg4,merbridge",
    "sd_fw_egress,systemd",
    "sluice_obs_dial4,Sluice",
    "connect_noop,unknown",
    "rewrite,unknown"
  })
  void knowsProjectsByTheNamesOfTheirPrograms(String function, String owner) {
    String kept = function.substring(0, Math.min(function.length(), KERNEL_NAME));

    assertThat(ProgramOwner.of(kept)).isEqualTo(owner);
  }
}
