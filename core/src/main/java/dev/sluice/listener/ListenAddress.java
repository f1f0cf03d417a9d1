// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.net.AddressText;
import dev.sluice.net.Direction;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a listener listens: every address of one family.
 *
 * @param direction for messages
 * @param family IPv4, or IPv6 alone
 * @param port 1 to 65535
 * @param transparent whether it takes connections to addresses that aren't ours, as TPROXY delivers
 *     them; needs CAP_NET_ADMIN
 */
public record ListenAddress(
    Direction direction, AddressFamily family, int port, boolean transparent) {

  InetSocketAddress socketAddress() {
    byte[] any = new byte[family == AddressFamily.INET ? 4 : 16];
    try {
      return new InetSocketAddress(InetAddress.getByAddress(any), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  @Override
  public String toString() {
    return AddressText.of(socketAddress()) + " (" + direction + ")";
  }
}
