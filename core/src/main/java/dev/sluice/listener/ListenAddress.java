// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.net.AddressText;
import dev.sluice.net.Direction;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a listener listens.
 *
 * @param direction for messages
 * @param family IPv4, or IPv6 alone
 * @param port 1 to 65535
 * @param reach at which addresses
 */
public record ListenAddress(Direction direction, AddressFamily family, int port, Reach reach) {
  /** At which addresses of its family a listener can be reached. */
  public enum Reach {
    /** At every one of the namespace. */
    EVERY_ADDRESS,
    /** Also at addresses that aren't ours, as TPROXY delivers them; needs CAP_NET_ADMIN. */
    FOREIGN_ADDRESSES,
    /** At 127.0.0.1 or ::1 alone: a program brings the connections here. */
    LOOPBACK
  }

  InetSocketAddress socketAddress() {
    byte[] address = new byte[family == AddressFamily.INET ? 4 : 16];
    if (reach == Reach.LOOPBACK) {
      address[0] = (byte) (family == AddressFamily.INET ? 127 : 0);
      address[address.length - 1] = 1;
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  @Override
  public String toString() {
    return AddressText.of(socketAddress()) + " (" + direction + ")";
  }
}
