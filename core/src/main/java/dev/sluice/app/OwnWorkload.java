// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.model.ProtectedService;
import dev.sluice.net.OriginalDestination;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.Exposition;
import dev.sluice.telemetry.ServiceLabel;
import dev.sluice.telemetry.Workload;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who the proxy works for, by the variables that Istio's injector sets. Immutable.
 *
 * @param address of the pod, {@code node} where it is and {@code mesh} of which it is a part; empty
 *     where nobody told
 */
record OwnWorkload(Workload workload, String address, String node, String mesh) {
  /** Of a sidecar. */
  static OwnWorkload of(Map<String, String> environment) {
    String pod = environment.getOrDefault("POD_NAME", "");
    String namespace = environment.getOrDefault("POD_NAMESPACE", "");
    return new OwnWorkload(
        new Workload(
            pod.isEmpty() || namespace.isEmpty() ? pod : namespace + "/" + pod,
            name(environment, pod),
            namespace,
            environment.getOrDefault("SERVICE_ACCOUNT", ""),
            environment.getOrDefault("ISTIO_META_CLUSTER_ID", "")),
        environment.getOrDefault("INSTANCE_IP", ""),
        environment.getOrDefault("ISTIO_META_NODE_NAME", ""),
        environment.getOrDefault("ISTIO_META_MESH_ID", ""));
  }

  /** Of a proxy of many pods, each of which has a name of its own. */
  static Workload ofNode(Map<String, String> environment) {
    return new Workload("", "", "", "", environment.getOrDefault("ISTIO_META_CLUSTER_ID", ""));
  }

  /** The owner ends in its name: {@code kubernetes://apis/apps/v1/namespaces/.../NAME}. */
  private static String name(Map<String, String> environment, String pod) {
    String owner = environment.getOrDefault("ISTIO_META_OWNER", "");
    return Stream.of(
            environment.getOrDefault("ISTIO_META_WORKLOAD_NAME", ""),
            owner.substring(owner.lastIndexOf('/') + 1))
        .filter(name -> !name.isEmpty())
        .findFirst()
        .orElse(pod);
  }

  /** Those of {@code own} connections, with the services of {@code files}. */
  static ConnectionMetrics metrics(Workload own, FollowedFiles files) {
    return new ConnectionMetrics(own, destination -> service(destination, files));
  }

  /** Appends who that is; nothing if nobody told. */
  void appendTo(Exposition out) {
    if (equals(of(Map.of()))) {
      return;
    }
    String name = "sluice_workload_info";
    out.family(name, Exposition.Type.GAUGE, "Whom this proxy works for, as it was told; always 1.");
    out.sample(
        name,
        1,
        "workload",
        workload.name(),
        "workload_namespace",
        workload.namespace(),
        "service_account",
        workload.serviceAccount(),
        "cluster",
        workload.cluster(),
        "pod",
        workload.pod(),
        "instance_ip",
        address,
        "node",
        node,
        "mesh",
        mesh);
  }

  private static ServiceLabel service(OriginalDestination destination, FollowedFiles files) {
    Optional<ProtectedService> found =
        files.snapshot().serviceAt(destination.socketAddress().getAddress());
    return found
        .map(at -> new ServiceLabel(at.service().name().name(), at.service().name().namespace()))
        .orElse(ServiceLabel.UNKNOWN);
  }
}
