// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

/** How the access log writes one connection as one line. Stateless. */
public enum AccessLogFormat {
  /**
   * {@code name=value} with all that is known: the only one with the direction, the mode, the
   * outcome by name, and microseconds.
   */
  LOGFMT,
  /** Envoy's default format; it says neither what was dialled nor who dialled it. */
  TEXT,
  /** The keys of Istio's JSON log, and an object {@code sluice} with what it has no keys for. */
  JSON;

  /** Appends the line of {@code connection}, with its line feed. */
  public void append(StringBuilder line, ConnectionRecord connection) {
    switch (this) {
      case LOGFMT -> LogfmtLine.append(line, connection);
      case TEXT -> EnvoyTextLine.append(line, connection);
      case JSON -> JsonLine.append(line, connection);
    }
  }

  /**
   * Appends a line that stands where lines are missing.
   *
   * @param atMicros when that was noticed, since the epoch
   * @param lost how many
   */
  public void appendLost(StringBuilder line, long atMicros, long lost) {
    switch (this) {
      case LOGFMT -> LogfmtLine.appendLost(line, atMicros, lost);
      case TEXT -> EnvoyTextLine.appendLost(line, atMicros, lost);
      case JSON -> JsonLine.appendLost(line, atMicros, lost);
    }
  }
}
