// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A program on a hook. Immutable.
 *
 * @param id unique while it lives
 * @param name what the kernel kept of it, at most 15 characters
 * @param link the link that attaches it; 0 if it was attached without one
 */
public record AttachedProgram(int id, String name, int link) {
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

  /** Whose it is, going by its name; {@code unknown} otherwise. */
  public String owner() {
    for (Map.Entry<String, String> owner : OWNERS.entrySet()) {
      if (name.startsWith(owner.getKey())) {
        return owner.getValue();
      }
    }
    return "unknown";
  }

  boolean isOurs() {
    return owner().equals("Sluice");
  }

  /** {@code cil_sock4_connec (id 7, Cilium)}. */
  @Override
  public String toString() {
    return name + " (id " + id + ", " + owner() + ")";
  }
}
