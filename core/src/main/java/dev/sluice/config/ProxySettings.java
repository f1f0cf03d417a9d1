// SPDX-License-Identifier: Apache-2.0
package dev.sluice.config;

import dev.sluice.net.InterceptionMode;
import java.time.Duration;

/**
 * What {@code sluice proxy} was told. Immutable.
 *
 * @param mode how connections come to the inbound listener
 * @param outboundMode how connections come to the outbound listener; SOCKET in both or in none
 * @param ports where the listeners are
 * @param limits time and number
 */
public record ProxySettings(
    InterceptionMode mode,
    InterceptionMode outboundMode,
    ListenerPorts ports,
    ConnectionLimits limits) {
  /**
   * The ports of the two listeners, 1 to 65535 and different.
   *
   * @param outbound Istio's 15001 unless told otherwise
   * @param inbound Istio's 15006 unless told otherwise
   */
  public record ListenerPorts(int outbound, int inbound) {}

  /**
   * Limits of the process and of each connection.
   *
   * @param connections open at the same time, at least 1; one more is reset
   * @param connectTimeout until an upstream has answered
   * @param idleTimeout without a byte in either direction
   */
  public record ConnectionLimits(int connections, Duration connectTimeout, Duration idleTimeout) {}
}
