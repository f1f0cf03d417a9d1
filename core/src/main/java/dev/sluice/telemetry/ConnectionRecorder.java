// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.util.function.Consumer;

/** Takes the record of every connection, exactly once. Thread-safe; never blocks. */
public final class ConnectionRecorder {
  private final Counters counters;
  private final ConnectionMetrics metrics;
  private final Consumer<ConnectionRecord> log;

  /** Records into both; {@code log} must not block. */
  public ConnectionRecorder(Counters counters, Consumer<ConnectionRecord> log) {
    this(counters, new ConnectionMetrics(), log);
  }

  /** Records into all of them; {@code log} must not block. */
  public ConnectionRecorder(
      Counters counters, ConnectionMetrics metrics, Consumer<ConnectionRecord> log) {
    this.counters = counters;
    this.metrics = metrics;
    this.log = log;
  }

  /** Whose connections these are. */
  public Workload workload() {
    return metrics.workload();
  }

  /** A connection was accepted; exactly one {@link #ended} follows. */
  public void accepted(ConnectionOrigin origin) {
    counters.accepted(origin);
    metrics.accepted(origin);
  }

  /** A connection that another process accepted goes on here; {@link #ended} follows. */
  public void takenOver() {
    counters.takenOver();
  }

  /** The one call at the end of a connection. */
  public void ended(ConnectionRecord connection) {
    counters.ended(connection);
    metrics.ended(connection);
    log.accept(connection);
  }
}
