// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.AddressText;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An address with a prefix length. The address is kept as it was given: bits after the prefix may
 * be set, and the kernel ignores them. Immutable.
 *
 * @param address never a name
 * @param prefixLength 0 (everything) to 32 or 128
 */
public record Subnet(InetAddress address, int prefixLength) {
  /** Checks the length against the family. */
  public Subnet {
    int longest = address.getAddress().length * 8;
    if (prefixLength < 0 || prefixLength > longest) {
      throw new IllegalArgumentException(
          "prefix length " + prefixLength + "; expected 0 to " + longest);
    }
  }

  /**
   * Parses {@code 10.0.0.0/8}; an address alone stands for itself.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static Subnet parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
    int length =
        slash < 0 ? address.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1));
    return new Subnet(address, length);
  }

  /** The same with no bit set after the prefix. */
  public Subnet cut() {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int kept = Math.clamp(prefixLength - i * 8L, 0, 8);
      bytes[i] &= (byte) (0xff00 >> kept);
    }
    try {
      return new Subnet(InetAddress.getByAddress(bytes), prefixLength);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of a legal length was refused", e);
    }
  }

  /** Whether every address in it is an IPv4 loopback address. */
  boolean isIpv4Loopback() {
    return address instanceof Inet4Address && address.isLoopbackAddress() && prefixLength >= 8;
  }

  /** Whether some address lies in both. */
  boolean overlaps(Subnet other) {
    int length = Math.min(prefixLength, other.prefixLength);
    return family() == other.family()
        && new Subnet(address, length).cut().equals(new Subnet(other.address, length).cut());
  }

  /** The family that it belongs to. */
  public Family family() {
    return address instanceof Inet4Address ? Family.IPV4 : Family.IPV6;
  }

  /** As netfilter and {@code ip(8)} read it. */
  @Override
  public String toString() {
    return AddressText.of(address) + "/" + prefixLength;
  }
}
