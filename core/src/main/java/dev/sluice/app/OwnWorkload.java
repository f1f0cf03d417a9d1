// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.model.ProtectedService;
import dev.sluice.net.OriginalDestination;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.ServiceLabel;
import java.util.Map;
import java.util.Optional;

/** Who the proxy works for, by the variables that Istio's injector sets. */
final class OwnWorkload {
  private static final String UNKNOWN = "unknown";

  private OwnWorkload() {}

  static ConnectionMetrics metrics(Map<String, String> environment, FollowedFiles files) {
    return new ConnectionMetrics(
        new ConnectionMetrics.Workload(
            environment.getOrDefault("ISTIO_META_WORKLOAD_NAME", UNKNOWN),
            environment.getOrDefault("POD_NAMESPACE", UNKNOWN)),
        destination -> service(destination, files));
  }

  private static ServiceLabel service(OriginalDestination destination, FollowedFiles files) {
    Optional<ProtectedService> found =
        files.snapshot().serviceAt(destination.socketAddress().getAddress());
    return found
        .map(at -> new ServiceLabel(at.service().name().name(), at.service().name().namespace()))
        .orElse(ServiceLabel.UNKNOWN);
  }
}
