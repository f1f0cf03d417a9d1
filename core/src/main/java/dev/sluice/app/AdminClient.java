// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
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

  /**
   * Writes all that comes from {@code socket} to {@code out}, at once, until the proxy closes.
   *
   * @throws IOException if nobody listens there, the right to write to it is missing, or {@code
   *     out} takes no more
   */
  static void copy(Path socket, PrintStream out) throws IOException {
    try (UnixSocketChannel channel =
        UnixSocketChannel.open(new UnixSocketAddress(socket.toFile()))) {
      InputStream lines = Channels.newInputStream(channel);
      byte[] some = new byte[8192];
      int count = lines.read(some);
      while (count >= 0) {
        out.write(some, 0, count);
        out.flush();
        if (out.checkError()) {
          throw new IOException("standard output is closed");
        }
        count = lines.read(some);
      }
    }
  }
}
