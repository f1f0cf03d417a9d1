// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The two families of addresses, spelled as Kubernetes does. */
public enum IpFamily {
  IPV4("IPv4"),
  IPV6("IPv6");

  private final String spelling;

  IpFamily(String spelling) {
    this.spelling = spelling;
  }

  /** The family of {@code address}; an IPv4 address mapped into IPv6 is an IPv4 address. */
  public static IpFamily of(InetAddress address) {
    return IpLiteral.unmapped(address) instanceof Inet4Address ? IPV4 : IPV6;
  }

  /** {@code IPv4} or {@code IPv6}. */
  @Override
  public String toString() {
    return spelling;
  }
}
