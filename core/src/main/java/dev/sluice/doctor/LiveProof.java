// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.util.List;

/** Live connections in the place of the pod. */
final class LiveProof {
  private LiveProof() {}

  static List<Sight> make(Subject subject, NamespaceFacts namespace, CgroupFacts cgroups) {
    return List.of();
  }
}
