// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.OptionalInt;

/**
 * One port of a service.
 *
 * @param name the port's name; empty when the service has a single port without a name
 * @param port 1 to 65535, the port that clients dial at the service IP
 * @param protocol the transport; only {@link TransportProtocol#TCP} ports are met by connections
 * @param targetPort where the endpoints listen
 * @param nodePort 1 to 65535, the port that clients dial at the addresses of every node; empty if
 *     the service isn't offered there
 */
public record ServicePort(
    String name,
    int port,
    TransportProtocol protocol,
    TargetPort targetPort,
    OptionalInt nodePort) {
  /**
   * Checks the ranges of the ports.
   *
   * @throws IllegalArgumentException if {@code port} or {@code nodePort} is outside 1 to 65535
   */
  public ServicePort {
    Ports.require(port);
    nodePort.ifPresent(Ports::require);
  }

  /** A port that is offered at the service IPs only. */
  public ServicePort(String name, int port, TransportProtocol protocol, TargetPort targetPort) {
    this(name, port, protocol, targetPort, OptionalInt.empty());
  }
}
