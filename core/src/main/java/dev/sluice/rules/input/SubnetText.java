// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.input;

import dev.sluice.rules.Subnet;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Addresses and ranges as people write them, and no other forms that Java would take. Pure. */
final class SubnetText {
  private static final Pattern IPV4 =
      Pattern.compile("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");

  private SubnetText() {}

  /** {@code 10.0.0.0/8}; empty if it is anything else. */
  static Optional<Subnet> parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !LENGTH.matcher(text.substring(slash + 1)).matches()) {
      return Optional.empty();
    }
    int length = Integer.parseInt(text.substring(slash + 1));
    return address(text.substring(0, slash))
        .filter(address -> length <= address.getAddress().length * 8)
        .map(address -> new Subnet(address, length));
  }

  /** Neither a name nor one with a zone; empty if it is anything else, or IPv4-mapped. */
  static Optional<InetAddress> address(String text) {
    boolean ipv6 = IPV6.matcher(text).matches();
    if (!ipv6 && !IPV4.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      // IPv4-mapped: the kernel sends such packets as IPv4, so a rule for IPv6 would never match.
      return Optional.of(InetAddress.ofLiteral(text))
          .filter(address -> !(ipv6 && address instanceof Inet4Address));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** What would have been right, for people. */
  static String expected(String text) {
    if (text.equals("*")) {
      return "ranges of addresses: '*' is no part of a list";
    }
    if (text.toLowerCase(Locale.ROOT).startsWith("::ffff:")) {
      return "the range as one of IPv4: that is how the kernel sends to such addresses";
    }
    return "ADDRESS/LENGTH, with a length of 0 to 32 for IPv4 and 0 to 128 for IPv6";
  }
}
