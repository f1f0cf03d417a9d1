// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.net.InterceptionMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Values of options that {@link PlainCommandLine} reads as picocli would. What may be read in two
 * ways isn't plain, and an {@link IllegalArgumentException}. Stateless.
 */
final class PlainValue {
  private static final int MOST_DIGITS = 9;

  private PlainValue() {}

  /** A decimal number from 0 to 999,999,999, without sign or leading zero. */
  static int number(String text) {
    boolean plain =
        text.length() <= MOST_DIGITS
            && (text.equals("0") || text.charAt(0) != '0')
            && isDigits(text);
    if (!plain) {
      throw new IllegalArgumentException(text);
    }
    return Integer.parseInt(text);
  }

  /** Without a stream: the start would need it for nothing else. */
  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /** A mode, in whatever case. */
  static InterceptionMode mode(String text) {
    return InterceptionMode.valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** {@code list} and one more; the list stays as it is. */
  static <T> List<T> append(List<T> list, T element) {
    List<T> longer = new ArrayList<>(list);
    longer.add(element);
    return longer;
  }
}
