// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import dev.sluice.net.AddressText;
import java.net.InetAddress;

/**
 * A range of IP addresses with a common prefix.
 *
 * @param network any address of the range
 * @param prefixLength 0 to 32 for IPv4 and to 128 for IPv6; 0 is every address of that family
 */
public record IpBlock(InetAddress network, int prefixLength) {
  /**
   * Checks the prefix length.
   *
   * @throws IllegalArgumentException if it doesn't fit the address's family
   */
  public IpBlock {
    network = IpLiteral.unmapped(network);
    int longest = network.getAddress().length * Byte.SIZE;
    if (prefixLength < 0 || prefixLength > longest) {
      throw new IllegalArgumentException(
          "prefix length " + prefixLength + " is out of range; expected 0 to " + longest);
    }
  }

  /**
   * Reads {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or one address. Bits behind the prefix are
   * allowed, as Istio allows them.
   *
   * @throws IllegalArgumentException if {@code text} is none of these; the message says what was
   *     expected
   */
  public static IpBlock parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      InetAddress address = IpLiteral.parse(text);
      return new IpBlock(address, address.getAddress().length * Byte.SIZE);
    }
    InetAddress address = IpLiteral.parse(text.substring(0, slash));
    return new IpBlock(address, prefixLength(text.substring(slash + 1)));
  }

  private static int prefixLength(String digits) {
    boolean plain =
        !digits.isEmpty()
            && digits.length() <= 3
            && digits.chars().allMatch(c -> c >= '0' && c <= '9')
            && (digits.length() == 1 || digits.charAt(0) != '0');
    if (!plain) {
      throw new IllegalArgumentException("expected a prefix length in decimal behind the slash");
    }
    return Integer.parseInt(digits);
  }

  /** Whether the range holds {@code address}, which may be an IPv4 address mapped into IPv6. */
  public boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] theirs = IpLiteral.unmapped(address).getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    int whole = prefixLength / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (mine[i] != theirs[i]) {
        return false;
      }
    }
    int rest = prefixLength % Byte.SIZE;
    return rest == 0 || ((mine[whole] ^ theirs[whole]) & 0xff) >>> (Byte.SIZE - rest) == 0;
  }

  /** {@code 10.0.0.0/8}. */
  @Override
  public String toString() {
    return AddressText.of(network) + "/" + prefixLength;
  }
}
