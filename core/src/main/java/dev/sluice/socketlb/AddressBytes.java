// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Addresses as the programs have them: 16 bytes in network order, IPv4 as {@code ::ffff:a.b.c.d}
 * (<a href="https://datatracker.ietf.org/doc/html/rfc4291#section-2.5.5.2">RFC 4291 section
 * 2.5.5.2</a>).
 */
final class AddressBytes {
  static final int LENGTH = 16;

  private AddressBytes() {}

  static void put(ByteBuffer to, InetAddress address) {
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      to.putLong(0).put((byte) 0).put((byte) 0).put((byte) 0xff).put((byte) 0xff);
    }
    to.put(bytes);
  }

  /** Reads 16 bytes; the mapped form becomes an {@link Inet4Address}. */
  static InetAddress get(ByteBuffer from) {
    byte[] bytes = new byte[LENGTH];
    from.get(bytes);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }
}
