// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

/**
 * One port of a service.
 *
 * @param name the port's name; empty when the service has a single port without a name
 * @param port 1 to 65535, the port that clients dial at the service IP
 * @param protocol the transport; only {@link TransportProtocol#TCP} ports are met by connections
 * @param targetPort where the endpoints listen
 */
public record ServicePort(
    String name, int port, TransportProtocol protocol, TargetPort targetPort) {
  /**
   * Checks the port's range.
   *
   * @throws IllegalArgumentException if {@code port} is outside 1 to 65535
   */
  public ServicePort {
    Ports.require(port);
  }
}
