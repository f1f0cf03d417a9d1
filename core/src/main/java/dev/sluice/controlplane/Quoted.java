// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

/** Values from files as messages show them: short, and unable to forge a line or an escape. */
final class Quoted {
  private static final int LONGEST = 80;

  private Quoted() {}

  static String of(String value) {
    StringBuilder text = new StringBuilder("\"");
    int shown = 0;
    for (int i = 0; i < value.length() && shown < LONGEST; i++, shown++) {
      append(text, value.charAt(i));
    }
    return text.append(shown < value.length() ? "...\"" : "\"").toString();
  }

  private static void append(StringBuilder text, char c) {
    if (c == '"' || c == '\\') {
      text.append('\\').append(c);
    } else if (c >= ' ' && c < 0x7f) {
      text.append(c);
    } else {
      text.append(String.format("\\u%04x", (int) c));
    }
  }
}
