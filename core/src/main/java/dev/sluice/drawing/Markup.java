// SPDX-License-Identifier: Apache-2.0
package dev.sluice.drawing;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes HTML and SVG. Everything that is not markup goes through {@link #escape}: what was
 * observed comes from other programs. Not thread-safe.
 */
public final class Markup {
  private final StringBuilder out = new StringBuilder();

  /** Appends markup of our own, as it is. */
  public Markup raw(String markup) {
    out.append(markup).append('\n');
    return this;
  }

  /**
   * Appends a template of our own with its {@code %s} filled in, each value escaped.
   *
   * @param values texts and numbers
   */
  public Markup fill(String template, Object... values) {
    Object[] escaped = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      escaped[i] = escape(values[i].toString());
    }
    return raw(template.formatted(escaped));
  }

  /** Appends what another one has written. */
  public Markup append(Markup other) {
    out.append(other.out);
    return this;
  }

  @Override
  public String toString() {
    return out.toString();
  }

  /** Safe as text and inside a quoted attribute. */
  public static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        default -> safe.append(c < ' ' && c != '\n' && c != '\t' ? '\ufffd' : c);
      }
    }
    return safe.toString();
  }

  /** Breaks a text at blanks into lines of at most {@code width} characters; longer words stay. */
  public static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
