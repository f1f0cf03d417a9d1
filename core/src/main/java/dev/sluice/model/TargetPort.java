// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

/** Where the endpoints of a service listen: a number, or the name of a container's port. */
public sealed interface TargetPort {
  /**
   * A port number.
   *
   * @param port 1 to 65535
   */
  record Numbered(int port) implements TargetPort {
    /**
     * Checks the port's range.
     *
     * @throws IllegalArgumentException if {@code port} is outside 1 to 65535
     */
    public Numbered {
      Ports.require(port);
    }
  }

  /**
   * The name of a container's port; each endpoint may give it another number.
   *
   * @param portName as the pod declares it
   */
  record Named(String portName) implements TargetPort {}
}
