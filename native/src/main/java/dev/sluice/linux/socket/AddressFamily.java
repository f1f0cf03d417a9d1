// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The families of IP sockets, with the kernel's numbers. Immutable. */
public enum AddressFamily {
  /** AF_INET. */
  INET(2),
  /** AF_INET6; without IPV6_V6ONLY it carries IPv4 as {@code ::ffff:a.b.c.d} too. */
  INET6(10);

  private final int number;

  AddressFamily(int number) {
    this.number = number;
  }

  /** The kernel's number. */
  public int number() {
    return number;
  }

  /** The family whose addresses look like this one. The JDK gives v4-mapped ones as IPv4. */
  public static AddressFamily of(InetAddress address) {
    return address instanceof Inet4Address ? INET : INET6;
  }
}
