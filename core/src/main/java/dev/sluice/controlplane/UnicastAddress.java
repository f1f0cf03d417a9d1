// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.IpFamily;
import dev.sluice.model.IpLiteral;
import java.net.InetAddress;

/** Reads the addresses that Kubernetes accepts for services and for endpoints. */
final class UnicastAddress {
  private UnicastAddress() {}

  /**
   * An address of either family.
   *
   * @throws IllegalArgumentException if it is none, or is one that only its own host or link knows
   */
  static InetAddress parse(String text) {
    InetAddress ip = IpLiteral.parse(text);
    if (ip.isAnyLocalAddress()
        || ip.isLoopbackAddress()
        || ip.isMulticastAddress()
        || ip.isLinkLocalAddress()) {
      throw new IllegalArgumentException(
          "expected a unicast address that is neither loopback nor link-local");
    }
    return ip;
  }

  /**
   * An address of {@code family}.
   *
   * @throws IllegalArgumentException as {@link #parse(String)}, and for the other family
   */
  static InetAddress parse(String text, IpFamily family) {
    InetAddress ip = parse(text);
    if (IpFamily.of(ip) != family) {
      throw new IllegalArgumentException("expected an " + family + " address, as addressType says");
    }
    return ip;
  }
}
