// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.telemetry.Counters;

/**
 * How a pod stands, at the moment it was asked for; what has ended is in the counters, which go on.
 *
 * @param namespace inode number of its network namespace
 * @param state what is done for it
 * @param rules who makes the rules in it
 * @param connections that are open
 * @param held bytes held for slow readers
 */
public record PodStatus(
    PodName name,
    long namespace,
    State state,
    NodeProxy.Rules rules,
    Share connections,
    Share held,
    Counters counters) {
  /** What is done for a pod. */
  public enum State {
    /** What leaves it and what comes to it goes through the proxy. */
    SERVED,
    /** Nothing new; what is open may end. */
    RETIRING
  }

  /**
   * What it has of what all share.
   *
   * @param taken now
   * @param most at once
   */
  public record Share(long taken, long most) {}

  static PodStatus of(ServedPod pod, State state) {
    return new PodStatus(
        pod.name(),
        pod.namespace().inode(),
        state,
        pod.ownRules() ? NodeProxy.Rules.OURS : NodeProxy.Rules.OF_AGENT,
        new Share(pod.slots().taken(), pod.slots().most()),
        new Share(pod.memory().taken(), pod.memory().most()),
        pod.counters());
  }
}
