// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

/**
 * Text that others have chosen (names of programs and cgroups, comments of rules, command lines)
 * for a terminal: what would move its cursor, colour it, end a line or turn the direction of
 * writing is shown as {@code \x1b} or <code>&#92;u202e</code>, and acts on nothing.
 */
public final class Visible {
  private Visible() {}

  /** The same text, if there is nothing in it that acts. */
  public static String of(String text) {
    if (text.codePoints().noneMatch(Visible::acts)) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (acts(c)) {
                shown.append(c < 0x100 ? "\\x%02x".formatted(c) : "\\u%04x".formatted(c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }

  private static boolean acts(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
