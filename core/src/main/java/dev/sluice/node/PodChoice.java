// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which pods are served, of those that can be found on a node. Immutable.
 *
 * @param by where it is looked for
 * @param pattern that the name or uid has to match; {@code *} is any text, {@code ?} one character
 */
public record PodChoice(By by, String pattern) {
  /** By what a pod is found. */
  public enum By {
    /** By the name of its network namespace in {@code /run/netns}. */
    NETNS,
    /** By the uid in the cgroup of its processes, as kubelet writes it. */
    UID
  }

  /**
   * Reads {@code netns:PATTERN} or {@code uid:PATTERN}.
   *
   * @throws IllegalArgumentException if it is neither; the message is fit for a user
   */
  public static PodChoice parse(String text) {
    int colon = text.indexOf(':');
    if (colon > 0 && colon < text.length() - 1) {
      for (By by : By.values()) {
        if (by.name().toLowerCase(Locale.ROOT).equals(text.substring(0, colon))) {
          return new PodChoice(by, text.substring(colon + 1));
        }
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' chooses no pods; expected netns:NAME or uid:UID, * for any text");
  }

  boolean matches(String name) {
    StringBuilder expression = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char each = pattern.charAt(i);
      switch (each) {
        case '*' -> expression.append(".*");
        case '?' -> expression.append('.');
        default -> expression.append(Pattern.quote(String.valueOf(each)));
      }
    }
    return Pattern.matches(expression.toString(), name);
  }
}
