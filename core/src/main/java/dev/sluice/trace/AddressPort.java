// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.model.IpLiteral;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Reads {@code 10.0.0.1:80} and {@code [2001:db8::1]:80}. Stateless. */
public final class AddressPort {
  private static final int HIGHEST_PORT = 65_535;

  private AddressPort() {}

  /** Empty if it is something else, a name for one. Asks nobody. */
  public static Optional<InetSocketAddress> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    int port = Integer.parseInt(text.substring(colon + 1));
    if (bracketed != host.contains(":") || port > HIGHEST_PORT) {
      return Optional.empty();
    }
    try {
      String literal = bracketed ? host.substring(1, host.length() - 1) : host;
      return Optional.of(new InetSocketAddress(IpLiteral.parse(literal), port));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
