// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.telemetry.Workload;

/**
 * A pod, as whoever found it knows it.
 *
 * @param uid what it is known by as long as it lives: Kubernetes' uid, or {@code netns:NAME}
 * @param namespace empty if only the uid is known, as are the others
 * @param serviceAccount whose rights it has
 */
public record PodName(String uid, String namespace, String name, String serviceAccount) {
  /** Longer texts come from no honest agent. */
  private static final int LONGEST = 512;

  /** All are data of others: they are cut, and what isn't printable is replaced. */
  public PodName {
    uid = printable(uid);
    namespace = printable(namespace);
    name = printable(name);
    serviceAccount = printable(serviceAccount);
  }

  /** One of which only the uid is known. */
  public static PodName ofUid(String uid) {
    return new PodName(uid, "", "", "");
  }

  /** For people, such as {@code namespace/name}; the uid if nothing better is known. */
  public String text() {
    return name.isEmpty() ? uid : namespace + "/" + name;
  }

  /** What metrics and logs call it, in that cluster: whose Deployment it is nobody tells. */
  Workload workload(String cluster) {
    return new Workload(text(), name, namespace, serviceAccount, cluster);
  }

  private static String printable(String text) {
    return text.substring(0, Math.min(text.length(), LONGEST)).replaceAll("[^\\x21-\\x7e]", "?");
  }

  @Override
  public String toString() {
    return text();
  }
}
