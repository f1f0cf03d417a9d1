// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node.zds;

import dev.sluice.node.PodName;

/** What the agent asks for: {@code WorkloadRequest} of the protocol. */
sealed interface AgentRequest {
  /** Serve this pod; the descriptor of its network namespace comes with the message. */
  record Add(PodName pod) implements AgentRequest {}

  /** Before the end of the snapshot: go on serving this pod, whose namespace isn't at hand. */
  record Keep(String uid) implements AgentRequest {}

  /** Serve this pod no longer. */
  record Delete(String uid) implements AgentRequest {}

  /** All pods that there are have been named. */
  record SnapshotSent() implements AgentRequest {}
}
