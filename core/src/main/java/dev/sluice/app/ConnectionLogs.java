// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.AccessLogStream;
import dev.sluice.telemetry.AccessLog;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.RecentConnections;
import org.jspecify.annotations.Nullable;

/**
 * Who is told of connections that have ended: the access log, if there is one, those who read
 * along, and the live page. Thread-safe; nothing but {@link #close} blocks.
 */
final class ConnectionLogs implements AutoCloseable {
  private final @Nullable AccessLog file;
  private final AccessLogStream stream = new AccessLogStream();
  private final RecentConnections recent = new RecentConnections();

  /** Takes over the log, if there is one. */
  ConnectionLogs(@Nullable AccessLog file) {
    this.file = file;
  }

  void write(ConnectionRecord connection) {
    if (file != null) {
      file.write(connection);
    }
    stream.accept(connection);
    recent.accept(connection);
  }

  /** Opens the log again under its name, on every SIGUSR1. */
  void reopenWhenTold() {
    if (file != null) {
      Signals.onUser1(file::reopen);
    }
  }

  void reopen() {
    if (file != null) {
      file.reopen();
    }
  }

  AccessLogStream stream() {
    return stream;
  }

  /** The last ones, for the live page. */
  RecentConnections recent() {
    return recent;
  }

  /** Lines that were not written to the log. */
  long lost() {
    return file == null ? 0 : file.lost();
  }

  /** What was lost, for the last line of the proxy; empty if nothing was. */
  String summary() {
    return (lost() == 0 ? "" : " access_log_lost=" + lost())
        + (stream.lost() == 0 ? "" : " access_log_stream_lost=" + stream.lost());
  }

  @Override
  public void close() {
    stream.close();
    if (file != null) {
      file.close();
    }
  }
}
