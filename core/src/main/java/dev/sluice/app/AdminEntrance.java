// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.AdminServer;
import dev.sluice.admin.ProxyView;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where a node's proxy is asked, from before it serves until it has drained. */
record AdminEntrance(AdminOptions options, Optional<Path> socket, AdminServer server)
    implements AutoCloseable {
  /**
   * Answers from now on.
   *
   * @throws IOException if a port or the socket can't be had; nothing is left open
   */
  static AdminEntrance open(
      AdminOptions options, ProxyView node, ConnectionLogs logs, RateLimitedLog complaints)
      throws IOException {
    Optional<Path> socket = options.socket(complaints);
    try {
      AdminServer server = AdminServer.open(options.places(socket), AdminServer.Turn.FIRST);
      AdminEntrance entrance = new AdminEntrance(options, socket, server);
      try {
        server.serve(node, logs.stream(), Optional.empty(), complaints);
        return entrance;
      } catch (IOException e) {
        server.close();
        throw e;
      }
    } catch (IOException e) {
      options.removeFolder(socket);
      throw e;
    }
  }

  @Override
  public void close() {
    server.close();
    options.removeFolder(socket);
  }
}
