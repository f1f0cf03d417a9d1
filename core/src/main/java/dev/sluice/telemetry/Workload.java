// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.net.Direction;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Whom connections are proxied for, as labels of metrics and fields of logs name it. What nobody
 * told is {@code unknown}. Immutable.
 *
 * @param pod for people, such as {@code namespace/name}; empty if nobody told
 * @param name such as that of the Deployment, or of the pod if only that is known
 */
public record Workload(
    String pod, String name, String namespace, String serviceAccount, String cluster) {
  private static final String NOT_KNOWN = "unknown";

  /** Nobody told anything. */
  public static final Workload UNKNOWN =
      new Workload("", NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN);

  /** What is empty isn't known. */
  public Workload {
    name = known(name);
    namespace = known(namespace);
    serviceAccount = known(serviceAccount);
    cluster = known(cluster);
  }

  /** Written out, as {@link #hashCode} is, for the reason that {@code ObjectName} gives. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Workload that
        && pod.equals(that.pod)
        && name.equals(that.name)
        && namespace.equals(that.namespace)
        && serviceAccount.equals(that.serviceAccount)
        && cluster.equals(that.cluster);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * (31 * pod.hashCode() + name.hashCode()) + namespace.hashCode())
        + 31 * serviceAccount.hashCode()
        + cluster.hashCode();
  }

  private static String known(String text) {
    return text.isEmpty() ? NOT_KNOWN : text;
  }

  /** As Istio has it for a workload that nobody gave one: {@code latest}. */
  String canonicalRevision() {
    return name.equals(NOT_KNOWN) ? NOT_KNOWN : "latest";
  }

  /** The same of no pod in particular: what its series are known by. */
  Workload withoutPod() {
    return new Workload("", name, namespace, serviceAccount, cluster);
  }

  /**
   * Shows {@code field} what of it is known, by the labels of metrics, at the end of a connection
   * that is the workload's.
   */
  void forEachKnown(Direction direction, BiConsumer<String, String> field) {
    boolean leaving = direction == Direction.OUTBOUND;
    show(leaving ? "source_workload" : "destination_workload", name, field);
    show(
        leaving ? "source_workload_namespace" : "destination_workload_namespace", namespace, field);
    show(leaving ? "source_service_account" : "destination_service_account", serviceAccount, field);
    show(leaving ? "source_cluster" : "destination_cluster", cluster, field);
  }

  private static void show(String label, String value, BiConsumer<String, String> field) {
    if (!value.equals(NOT_KNOWN)) {
      field.accept(label, value);
    }
  }
}
