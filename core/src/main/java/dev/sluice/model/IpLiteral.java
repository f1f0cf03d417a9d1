// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import dev.sluice.net.AddressText;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * Reads IP addresses as configuration writes them, and brings the two forms of an IPv4 address
 * together. Never asks a name server.
 */
public final class IpLiteral {
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final Pattern V4 = Pattern.compile("(" + OCTET + "\\.){3}" + OCTET);
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

  private IpLiteral() {}

  /**
   * An IPv4 address of four decimal numbers without leading zeros (the JDK also reads {@code 10.1},
   * which the kernel's tools take for something else), or an IPv6 address without a scope.
   *
   * @throws IllegalArgumentException if {@code text} is neither, or is an IPv4 address written as
   *     IPv6 ({@code ::ffff:10.0.0.1}), whose family two readers would see differently
   */
  public static InetAddress parse(String text) {
    if (V4.matcher(text).matches()) {
      return InetAddress.ofLiteral(text);
    }
    if (!V6.matcher(text).matches()) {
      throw new IllegalArgumentException("expected an IPv4 or IPv6 address");
    }
    InetAddress address;
    try {
      address = Inet6Address.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("expected an IPv4 or IPv6 address", e);
    }
    if (address instanceof Inet4Address) {
      throw new IllegalArgumentException(
          "an IPv4 address is written as IPv6; expected " + AddressText.of(address));
    }
    return address;
  }

  /**
   * {@code address} itself, or the IPv4 address that it maps (RFC 4291 section 2.5.5.2): a client
   * of a dual-stack socket is the same client.
   */
  public static InetAddress unmapped(InetAddress address) {
    if (!(address instanceof Inet6Address v6)) {
      return address;
    }
    byte[] bytes = v6.getAddress();
    for (int i = 0; i < 12; i++) {
      if (bytes[i] != (byte) (i < 10 ? 0 : 0xff)) {
        return address;
      }
    }
    try {
      return InetAddress.getByAddress(new byte[] {bytes[12], bytes[13], bytes[14], bytes[15]});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes were refused as an IPv4 address", e);
    }
  }
}
