// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Errors that may come thousands of times a second, said at most once a second for each topic, with
 * the number of those left out. Thread-safe. It can't be used up: topics are constants of the code.
 */
public final class RateLimitedLog {
  private static final long INTERVAL_NANOS = 1_000_000_000L;

  private final PrintStream out;
  private final String prefix;
  private final Map<String, Topic> topics = new ConcurrentHashMap<>();

  /** Writes lines that start with {@code prefix} to {@code out}. */
  public RateLimitedLog(PrintStream out, String prefix) {
    this.out = out;
    this.prefix = prefix;
  }

  /**
   * Says {@code message} unless the same topic was heard less than a second ago.
   *
   * @param topic a constant
   */
  public void say(String topic, String message) {
    say(topic, message, System.nanoTime());
  }

  void say(String topic, String message, long nowNanos) {
    String line = topics.computeIfAbsent(topic, _ -> new Topic()).admit(message, nowNanos);
    if (!line.isEmpty()) {
      out.println(prefix + line);
    }
  }

  private static final class Topic {
    private boolean heard;
    private long lastNanos;
    private long leftOut;

    synchronized String admit(String message, long nowNanos) {
      if (heard && nowNanos - lastNanos < INTERVAL_NANOS) {
        leftOut++;
        return "";
      }
      String line = leftOut == 0 ? message : message + " (" + leftOut + " more like it left out)";
      heard = true;
      lastNanos = nowNanos;
      leftOut = 0;
      return line;
    }
  }
}
