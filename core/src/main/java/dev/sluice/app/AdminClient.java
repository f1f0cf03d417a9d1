// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;

/**
 * The client's end of a proxy's {@code admin.sock}. The library that it needs is on the class path
 * of {@code sluice ctl} alone, so nothing else may touch this class. Stateless.
 */
final class AdminClient {
  private AdminClient() {}

  /**
   * Sends {@code request} and returns all that comes back until the proxy closes; empty if it does
   * so at once.
   *
   * @throws IOException if nobody listens at {@code socket}, or the right to write to it is missing
   */
  static String ask(Path socket, String request) throws IOException {
    try (UnixSocketChannel channel =
        UnixSocketChannel.open(new UnixSocketAddress(socket.toFile()))) {
      ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
