// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ConfigurationStatus;
import dev.sluice.linux.SyscallException;
import dev.sluice.loop.Workers;
import dev.sluice.socketlb.CaptureChannel;
import dev.sluice.telemetry.Exposition;

/** Metrics that every process with event loops, files and an access log has. Stateless. */
final class ProcessMetrics {
  private ProcessMetrics() {}

  /** Of the event loops; any thread, whose view is a moment old. */
  static void loops(Exposition out, int connectionLimit, Workers workers) {
    out.single(
        "sluice_connections_limit",
        Exposition.Type.GAUGE,
        "Connections that may be open at once; one more is reset.",
        connectionLimit);
    out.single(
        "sluice_event_loops",
        Exposition.Type.GAUGE,
        "Threads that move bytes.",
        workers.all().size());
    out.single(
        "sluice_relay_pipes_open",
        Exposition.Type.GAUGE,
        "Pipes by which busy directions of connections go.",
        workers.pipesTaken());
  }

  /** Of the files that are followed. */
  static void files(Exposition out, ConfigurationStatus status) {
    out.single(
        "sluice_configuration_version",
        Exposition.Type.GAUGE,
        "Number of the configuration in force, from 1 at the start.",
        status.version());
    out.single(
        "sluice_configuration_rejected_total",
        Exposition.Type.COUNTER,
        "Changes of the files that were found wrong.",
        status.rejected());
    out.single(
        "sluice_configuration_files_good",
        Exposition.Type.GAUGE,
        "1 if the files are as they are in force, 0 if they are wrong.",
        status.problems().isEmpty() ? 1 : 0);
  }

  /** Of the programs that capture for it; nothing if the kernel doesn't let them be read. */
  static void captured(Exposition out, CaptureChannel channel) {
    try {
      out.single(
          "sluice_capture_clients_lost_total",
          Exposition.Type.COUNTER,
          "Connections whose real client the kernel's programs could not record.",
          channel.clientsLost());
    } catch (SyscallException e) {
      // Whoever asks sees that it isn't there; the others are.
    }
  }

  /** Of the access log and those who read along. */
  static void logs(Exposition out, ConnectionLogs logs) {
    out.single(
        "sluice_access_log_lost_total",
        Exposition.Type.COUNTER,
        "Lines of the access log that could not be written.",
        logs.lost());
    out.single(
        "sluice_access_log_stream_lost_total",
        Exposition.Type.COUNTER,
        "Lines of the access log that readers of access_log.sock did not get.",
        logs.stream().lost());
  }
}
