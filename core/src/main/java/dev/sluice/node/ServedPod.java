// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.HeldMemory;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.Counters;
import dev.sluice.workload.WorkloadProxy;

/**
 * One pod that is served, with all that is held for it. Owns the namespace.
 *
 * @param ownRules whether the rules in it are this proxy's: else an agent made them
 */
record ServedPod(
    PodName name,
    NetworkNamespace namespace,
    boolean ownRules,
    WorkloadProxy proxy,
    Telling telling,
    ConnectionSlots slots,
    HeldMemory memory) {
  /**
   * What is counted of it.
   *
   * @param metrics beside those of the others
   */
  record Telling(Counters counters, ConnectionMetrics metrics) {}

  Counters counters() {
    return telling.counters();
  }

  /** Nothing of it is left open afterwards: the namespace goes with its last process. */
  void close() throws SyscallException {
    proxy.close();
    telling.metrics().gone();
    namespace.close();
  }
}
