// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The uid of the pod that a process belongs to, by the names that kubelet gives cgroups: {@code
 * pod<uid>} with the cgroupfs driver, {@code ...-pod<uid with _>.slice} with systemd's. Pure. See
 * pkg/kubelet/cm/cgroup_manager_linux.go of kubernetes/kubernetes.
 */
final class PodCgroup {
  private static final Pattern POD =
      Pattern.compile(
          "(?:/|-)pod([0-9a-f]{8}([-_])[0-9a-f]{4}\\2[0-9a-f]{4}\\2[0-9a-f]{4}\\2[0-9a-f]{12}"
              + "|[0-9a-f]{32})(?:\\.slice)?(?:/|$)");

  private PodCgroup() {}

  /** {@code lines} are those of {@code /proc/PID/cgroup}: any of its trees may name the pod. */
  static Optional<String> uid(List<String> lines) {
    for (String line : lines) {
      Matcher matcher = POD.matcher(line);
      if (matcher.find()) {
        return Optional.of(matcher.group(1).replace('_', '-'));
      }
    }
    return Optional.empty();
  }
}
