// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.socketlb.CapturePlace;
import dev.sluice.socketlb.FeatureStatus;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A feature of ours that is pinned. Immutable.
 *
 * @param status what the kernel says of it
 * @param cgroup its cgroup's folder; empty if that is gone
 * @param populated whether a process lives in it or below
 * @param onPath whether its cgroup is the one looked at, or above it
 * @param capture for whom it captures; empty for other features
 * @param services of a load balancer, those whose connections need a proxy: where they are dialled
 */
public record FeatureFacts(
    FeatureStatus status,
    Optional<Path> cgroup,
    boolean populated,
    boolean onPath,
    Optional<CapturePlace> capture,
    List<InetSocketAddress> services) {
  /** Copies the list. */
  public FeatureFacts {
    services = List.copyOf(services);
  }
}
