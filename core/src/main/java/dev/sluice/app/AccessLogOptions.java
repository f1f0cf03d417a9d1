// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.telemetry.AccessLog;
import dev.sluice.telemetry.AccessLogFormat;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where connections are written down, and how. */
final class AccessLogOptions {
  @Option(
      names = "--access-log",
      paramLabel = "FILE",
      description = "One line for each connection that has ended; - for standard output.")
  private @Nullable String file;

  @Option(
      names = "--access-log-format",
      paramLabel = "FORMAT",
      description =
          "How a line is written: LOGFMT, all as name=value; TEXT, as Envoy does by default; JSON,"
              + " with the keys of Istio's and ours (default LOGFMT).")
  private @Nullable AccessLogFormat format;

  /** Sets an option for {@link PlainCommandLine}; false if it is none of these. */
  boolean set(String option, String value) {
    switch (option) {
      case "--access-log" -> file = value;
      case "--access-log-format" ->
          format = AccessLogFormat.valueOf(value.toUpperCase(Locale.ROOT));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake() {
    return file == null && format != null
        ? Optional.of("--access-log-format " + format + " without a log; expected --access-log")
        : Optional.empty();
  }

  /**
   * The log, if one is wanted; the caller closes it.
   *
   * @throws IOException if it can't be opened
   */
  @Nullable AccessLog open(RateLimitedLog complaints) throws IOException {
    return file == null
        ? null
        : AccessLog.open(file, format == null ? AccessLogFormat.LOGFMT : format, complaints);
  }

  /** The file, or {@code -}; empty without a log. */
  Optional<String> target() {
    return Optional.ofNullable(file);
  }
}
