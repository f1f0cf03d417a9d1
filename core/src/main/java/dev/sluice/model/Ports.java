// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

/** The range of a port that something can listen on: 1 to 65535. */
public final class Ports {
  /** The smallest port; 0 means "any" to the kernel and nothing to a service. */
  public static final int LOWEST = 1;

  /** The largest port. */
  public static final int HIGHEST = 65_535;

  private Ports() {}

  /** Whether {@code port} is 1 to 65535. */
  public static boolean isValid(long port) {
    return port >= LOWEST && port <= HIGHEST;
  }

  static void require(int port) {
    if (!isValid(port)) {
      throw new IllegalArgumentException(
          "port " + port + " is out of range; expected " + LOWEST + " to " + HIGHEST);
    }
  }
}
