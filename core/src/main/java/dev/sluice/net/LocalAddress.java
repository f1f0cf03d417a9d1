// SPDX-License-Identifier: Apache-2.0
package dev.sluice.net;

import java.net.InetSocketAddress;

/** The address of our own end of a socket, as {@code getsockname(2)} reports it. */
public record LocalAddress(InetSocketAddress socketAddress) {
  /**
   * Refuses names that were not resolved.
   *
   * @throws IllegalArgumentException if {@code socketAddress} has no IP address
   */
  public LocalAddress {
    AddressText.requireResolved(socketAddress);
  }

  /** {@code 10.0.0.1:80} or {@code [2001:db8::1]:80}. */
  @Override
  public String toString() {
    return AddressText.of(socketAddress);
  }
}
