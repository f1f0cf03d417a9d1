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
    OWNERS.put("cil_", "Cilium");
    OWNERS.put("sock4_", "Cilium");
    OWNERS.put("sock6_", "Cilium");
    OWNERS.put("calico_", "Calico");
    OWNERS.put("cali_", "Calico");
    OWNERS.put("cgroup_connect4", "Kmesh");
    OWNERS.put("cgroup_connect6", "Kmesh");
    OWNERS.put("kmesh_", "Kmesh");
    OWNERS.put("mb_", "merbridge");
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
