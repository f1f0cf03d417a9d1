// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Name servers as a command line writes them: {@code 10.96.0.10}, {@code 10.96.0.10:5353}, {@code
 * fd00::a}, {@code [fd00::a]:5353}. Stateless.
 */
public final class NameServerText {
  private static final int DEFAULT_PORT = 53;
  private static final Pattern BRACKETS = Pattern.compile("\\[(?<host>[^\\]]+)](:(?<port>\\d+))?");
  private static final Pattern V4 = Pattern.compile("(?<host>[^:]+)(:(?<port>\\d+))?");
  private static final int HIGHEST_PORT = 65_535;

  private NameServerText() {}

  /**
   * Reads one; port 53 if there is none.
   *
   * @throws IllegalArgumentException if it is none of these forms; the message is fit for a user
   */
  public static InetSocketAddress parse(String text) {
    Matcher brackets = BRACKETS.matcher(text);
    Matcher v4 = V4.matcher(text);
    if (brackets.matches() && brackets.group("host").contains(":")) {
      return address(text, brackets.group("host"), brackets.group("port"));
    }
    if (v4.matches()) {
      return address(text, v4.group("host"), v4.group("port"));
    }
    return address(text, text, null);
  }

  private static InetSocketAddress address(String text, String host, @Nullable String port) {
    InetAddress address = ResolverFile.address(host).orElseThrow(() -> wrong(text));
    int number = port == null ? DEFAULT_PORT : port.length() > 5 ? -1 : Integer.parseInt(port);
    if (number < 1 || number > HIGHEST_PORT) {
      throw wrong(text);
    }
    return new InetSocketAddress(address, number);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "name server '"
            + text
            + "'; expected an address, or ADDRESS:PORT with a port of 1 to 65535");
  }
}
