// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code 500ms}, {@code 10s}, {@code 5m} and {@code 1h}; more than nothing, at most a year. */
final class DurationText {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Duration MOST = Duration.ofDays(365);

  private DurationText() {}

  /**
   * The duration that {@code text} says.
   *
   * @throws IllegalArgumentException if it says none; the message is for the user
   */
  static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
          };
      if (duration.isPositive() && duration.compareTo(MOST) <= 0) {
        return duration;
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is no duration; expected a whole number with ms, s, m or h, such as 10s");
  }
}
