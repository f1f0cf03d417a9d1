// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

/**
 * What the three conditions of an endpoint come to, best first. See <a
 * href="https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions">conditions</a>.
 */
public enum EndpointState {
  /** Takes new connections. */
  READY,

  /** Shuts down and still answers: takes new connections only while nobody is ready. */
  SERVING_TERMINATING,

  /** Shuts down: takes no new connection, and keeps those that it has. */
  TERMINATING,

  /** Takes no new connection yet, or for now. */
  NOT_READY;

  /**
   * The state that the conditions stand for. An endpoint that is ready counts as ready even while
   * it terminates: Kubernetes says both only where the service publishes endpoints that aren't
   * ready.
   */
  public static EndpointState of(boolean ready, boolean serving, boolean terminating) {
    if (ready) {
      return READY;
    }
    if (!terminating) {
      return NOT_READY;
    }
    return serving ? SERVING_TERMINATING : TERMINATING;
  }
}
