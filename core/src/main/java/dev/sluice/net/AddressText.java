// SPDX-License-Identifier: Apache-2.0
package dev.sluice.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The one way in which addresses are written: IPv6 in the form of <a
 * href="https://datatracker.ietf.org/doc/html/rfc5952#section-4">RFC 5952 section 4</a>, in
 * brackets where a port follows. The JDK writes {@code 0:0:0:0:0:0:0:1}, which no other tool
 * prints.
 */
public final class AddressText {
  private AddressText() {}

  /** {@code 10.0.0.1:80}, {@code [2001:db8::1]:80} or {@code [fe80::1%2]:80}. */
  public static String of(InetSocketAddress address) {
    String host = of(address.getAddress());
    return (address.getAddress() instanceof Inet6Address ? "[" + host + "]" : host)
        + ":"
        + address.getPort();
  }

  /** {@code 10.0.0.1}, {@code 2001:db8::1} or {@code fe80::1%2}, the scope as a number. */
  public static String of(InetAddress address) {
    if (!(address instanceof Inet6Address v6)) {
      return address.getHostAddress();
    }
    String text = compressed(v6.getAddress());
    return v6.getScopeId() == 0 ? text : text + "%" + v6.getScopeId();
  }

  static void requireResolved(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "address " + address + " is a name; expected an IP address and a port");
    }
  }

  private static String compressed(byte[] bytes) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
    }
    int runStart = -1;
    int runLength = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > runLength) {
        runStart = i;
        runLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == runStart) {
        text.append("::");
        i += runLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
