// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.Family;
import java.net.Inet4Address;
import java.net.InetSocketAddress;

/**
 * A connection as it is asked about; of UDP, the first datagram between two addresses. Immutable.
 *
 * @param from the client's address, of the same family as {@code to}
 * @param to what the client dials
 */
public record Connection(
    Protocol protocol, InetSocketAddress from, InetSocketAddress to, Origin origin) {
  /** Checks that the two addresses are of one family. */
  public Connection {
    if (familyOf(from) != familyOf(to)) {
      throw new IllegalArgumentException(
          "connection from " + from + " to " + to + "; expected two addresses of one family");
    }
  }

  /** That of both addresses. */
  public Family family() {
    return familyOf(to);
  }

  private static Family familyOf(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address ? Family.IPV4 : Family.IPV6;
  }
}
