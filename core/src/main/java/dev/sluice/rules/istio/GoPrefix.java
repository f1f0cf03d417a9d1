// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A range of addresses as Go's net/netip reads and writes it: the length is never left out, and
 * bits after it stay. Immutable.
 *
 * @param address never with a zone
 * @param length 0 to 32 or 128
 */
record GoPrefix(GoAddress address, int length) {
  private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");

  /** Empty if it is no range. */
  static Optional<GoPrefix> parse(String text) {
    int slash = text.lastIndexOf('/');
    if (slash < 0 || !LENGTH.matcher(text.substring(slash + 1)).matches()) {
      return Optional.empty();
    }
    int length = Integer.parseInt(text.substring(slash + 1));
    return GoAddress.parse(text.substring(0, slash))
        .filter(address -> !address.zoned() && length <= (address.ipv6() ? 128 : 32))
        .map(address -> new GoPrefix(address, length));
  }

  /** Those of a list that are ranges; none for {@code *}. */
  static List<GoPrefix> list(String texts) {
    return IstioOptions.split(texts).stream().flatMap(text -> parse(text).stream()).toList();
  }

  /** Those of one family. */
  static List<GoPrefix> list(String texts, boolean ipv6) {
    return list(texts).stream().filter(prefix -> prefix.address.ipv6() == ipv6).toList();
  }

  boolean loopback() {
    return address.loopback();
  }

  @Override
  public String toString() {
    return address.text() + "/" + length;
  }
}
