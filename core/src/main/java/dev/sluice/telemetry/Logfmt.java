// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads one line of {@code key=value} pairs; a value with blanks stands in double quotes, with
 * backslash escapes. Words without {@code =} are left out. Pure.
 */
public final class Logfmt {
  private final String line;
  private int position;

  private Logfmt(String line) {
    this.line = line;
  }

  /** The pairs in the order of the line; the last one wins where a key stands twice. */
  public static Map<String, String> parse(String line) {
    return new Logfmt(line).pairs();
  }

  private Map<String, String> pairs() {
    Map<String, String> pairs = new LinkedHashMap<>();
    while (position < line.length()) {
      if (line.charAt(position) == ' ') {
        position++;
        continue;
      }
      int end = keyEnd();
      String key = line.substring(position, end);
      position = end;
      if (end < line.length() && line.charAt(end) == '=') {
        position++;
        pairs.put(key, value());
      }
    }
    return Collections.unmodifiableMap(pairs);
  }

  private int keyEnd() {
    int end = position;
    while (end < line.length() && line.charAt(end) != '=' && line.charAt(end) != ' ') {
      end++;
    }
    return end;
  }

  private String value() {
    if (position < line.length() && line.charAt(position) == '"') {
      position++;
      return quoted();
    }
    int begin = position;
    while (position < line.length() && line.charAt(position) != ' ') {
      position++;
    }
    return line.substring(begin, position);
  }

  private String quoted() {
    StringBuilder text = new StringBuilder();
    while (position < line.length() && line.charAt(position) != '"') {
      char next = line.charAt(position);
      if (next == '\\' && position + 1 < line.length()) {
        position++;
        next = line.charAt(position);
      }
      text.append(next);
      position++;
    }
    position++;
    return text.toString();
  }
}
