// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * A connection that is open, at one moment. Immutable.
 *
 * @param upstream absent while it is being connected to
 * @param traffic what was moved so far
 * @param pod whose connection it is, where a proxy serves several; else empty
 */
public record ConnectionView(
    ConnectionOrigin origin, @Nullable UpstreamLeg upstream, Traffic traffic, String pod) {
  /** Of a proxy that serves one workload, its own. */
  public ConnectionView(ConnectionOrigin origin, @Nullable UpstreamLeg upstream, Traffic traffic) {
    this(origin, upstream, traffic, "");
  }

  /** The same of a pod, by its name for people. */
  public ConnectionView of(String podName) {
    return new ConnectionView(origin, upstream, traffic, podName);
  }
}
