// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.util.LinkedHashMap;
import java.util.Map;

/** Whose an eBPF program is, going by its name: the kernel doesn't know. Stateless. */
public final class ProgramOwner {
  /** By how names begin, as the kernel cuts them; the first that fits counts. */
  private static final Map<String, String> OWNERS = new LinkedHashMap<>();

  static {
    OWNERS.put("sluice_", "Sluice");
    // cilium/cilium: bpf/bpf_sock.c; cil_sock4_connect, before 1.13 sock4_connect.
    OWNERS.put("cil_", "Cilium");
    OWNERS.put("sock4_", "Cilium");
    OWNERS.put("sock6_", "Cilium");
    // projectcalico/calico: felix/bpf-gpl/connect_balancer.c; calico_connect_v4, and cali_noop_v4
    // of its first versions.
    OWNERS.put("calico_", "Calico");
    OWNERS.put("cali_", "Calico");
    // kmesh-net/kmesh: bpf/kmesh/workload/cgroup_sock.c, cgroup_skb.c; cgroup_connect4_prog and
    // cgroup_skb_ingress_prog, cut.
    OWNERS.put("cgroup_connect4", "Kmesh");
    OWNERS.put("cgroup_connect6", "Kmesh");
    OWNERS.put("cgroup_skb_ingr", "Kmesh");
    OWNERS.put("cgroup_skb_egre", "Kmesh");
    // merbridge/merbridge: bpf/mb_connect.c, mb_recvmsg.c; mb_sock4_connect, mb_recvmsg4.
    OWNERS.put("mb_", "merbridge");
    // systemd/systemd: src/core/bpf-firewall.c, src/core/bpf; sd_fw_egress, sd_devices.
    OWNERS.put("sd_", "systemd");
  }

  private ProgramOwner() {}

  /** The project that gives its programs such names; {@code unknown} otherwise. */
  public static String of(String program) {
    for (Map.Entry<String, String> owner : OWNERS.entrySet()) {
      if (program.startsWith(owner.getKey())) {
        return owner.getValue();
      }
    }
    return "unknown";
  }
}
