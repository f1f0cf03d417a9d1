// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.config.ProxySettings;
import dev.sluice.config.ProxySettings.ConnectionLimits;
import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.net.InterceptionMode;
import java.time.Duration;

/**
 * What {@code sluice node} was told about the pods that it serves. Immutable.
 *
 * @param ports of the listeners in every pod
 * @param connections that all pods together may have open, at least 1
 * @param podConnections that one pod may have open, at least 1
 * @param memory bytes that all pods together may have held for slow readers
 * @param podMemory bytes that one pod may
 * @param connectTimeout until an upstream has answered
 * @param idleTimeout without a byte in either direction
 * @param drainTime how long open connections may go on when a pod that lives is released; 0 or more
 */
public record NodeSettings(
    ListenerPorts ports,
    int connections,
    int podConnections,
    long memory,
    long podMemory,
    Duration connectTimeout,
    Duration idleTimeout,
    Duration drainTime) {
  /** Those of the proxy of one pod. */
  ProxySettings ofPod() {
    return with(podConnections);
  }

  /** Those of all pods together. */
  public ProxySettings ofAll() {
    return with(connections);
  }

  private ProxySettings with(int mostConnections) {
    return new ProxySettings(
        InterceptionMode.NODE,
        InterceptionMode.NODE,
        ports,
        new ConnectionLimits(mostConnections, connectTimeout, idleTimeout));
  }
}
