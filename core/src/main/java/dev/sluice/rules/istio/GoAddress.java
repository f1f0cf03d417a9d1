// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import dev.sluice.net.AddressText;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An address as Go's net/netip reads and writes it: stricter than Java about IPv4, and an
 * IPv4-mapped address stays one of IPv6. Immutable.
 *
 * @param text canonical, with its zone
 * @param ipv6 whether it was written as one of IPv6
 * @param loopback whether it lies in 127.0.0.0/8, as it is or mapped, or is ::1
 */
record GoAddress(String text, boolean ipv6, boolean loopback) {
  private static final String BYTE = "(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])";
  private static final Pattern IPV4 = Pattern.compile(BYTE + "(?:\\." + BYTE + "){3}");
  private static final Pattern IPV6 =
      Pattern.compile("[0-9A-Fa-f:]*:(?:[0-9A-Fa-f]*|" + IPV4.pattern() + ")");

  /** Empty if it is no address. */
  static Optional<GoAddress> parse(String text) {
    int percent = text.indexOf('%');
    if (percent < 0) {
      return withoutZone(text);
    }
    String zone = text.substring(percent + 1);
    return zone.isEmpty()
        ? Optional.empty()
        : withoutZone(text.substring(0, percent))
            .filter(GoAddress::ipv6)
            .map(address -> new GoAddress(address.text + "%" + zone, true, address.loopback));
  }

  /** Whether an interface is named. */
  boolean zoned() {
    return text.contains("%");
  }

  private static Optional<GoAddress> withoutZone(String text) {
    boolean ipv6 = IPV6.matcher(text).matches();
    if (!ipv6 && !IPV4.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      InetAddress address = InetAddress.ofLiteral(text);
      boolean mapped = ipv6 && address instanceof Inet4Address;
      String canonical = (mapped ? "::ffff:" : "") + AddressText.of(address);
      return Optional.of(new GoAddress(canonical, ipv6, address.isLoopbackAddress()));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
