// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** How long a proxy that was told to end lets open connections go on. */
final class DrainOptions {
  /** What Istio's agent is told in seconds. */
  private static final String DRAIN_SECONDS = "TERMINATION_DRAIN_DURATION_SECONDS";

  /** The pod's own field of that name: after it everything is killed. */
  private static final String GRACE_SECONDS = "TERMINATION_GRACE_PERIOD_SECONDS";

  private static final Duration USUAL = Duration.ofSeconds(5);
  private static final long MOST_SECONDS = Duration.ofDays(365).toSeconds();

  @Option(
      names = "--drain-time",
      paramLabel = "TIME",
      converter = Time.class,
      description =
          "How long open connections may go on after SIGTERM; 0s resets them at once (default:"
              + " TERMINATION_DRAIN_DURATION_SECONDS, else nine tenths of"
              + " TERMINATION_GRACE_PERIOD_SECONDS, else 5s).")
  private @Nullable Duration time;

  /** Sets the option for {@link PlainCommandLine}; false if it is another. */
  boolean set(String option, String value) {
    if (option.equals("--drain-time")) {
      time = isNothing(value) ? Duration.ZERO : DurationText.parse(value);
      return true;
    }
    return false;
  }

  private static boolean isNothing(String text) {
    return text.matches("0(ms|s|m|h)?");
  }

  /**
   * The time, with the variables where the option isn't given.
   *
   * @throws IllegalStateException if a variable that counts is no number of seconds
   */
  Duration time(Map<String, String> environment) {
    if (time != null) {
      return time;
    }
    if (environment.containsKey(DRAIN_SECONDS)) {
      return Duration.ofSeconds(seconds(DRAIN_SECONDS, environment));
    }
    if (environment.containsKey(GRACE_SECONDS)) {
      long grace = seconds(GRACE_SECONDS, environment);
      // What is open then is reset and recorded; that has to be over before the kill.
      return Duration.ofSeconds(Math.max(0, grace - Math.max(1, grace / 10)));
    }
    return USUAL;
  }

  private static long seconds(String name, Map<String, String> environment) {
    String text = environment.getOrDefault(name, "");
    if (text.matches("\\d{1,9}") && Long.parseLong(text) <= MOST_SECONDS) {
      return Long.parseLong(text);
    }
    throw new IllegalStateException(
        "the variable " + name + " is '" + text + "'; expected whole seconds, such as 30");
  }

  /** Like other times, and nothing at all. */
  private static final class Time implements ITypeConverter<Duration> {
    private final DurationConverter other = new DurationConverter();

    @Override
    public Duration convert(String text) {
      return isNothing(text) ? Duration.ZERO : other.convert(text);
    }
  }
}
