// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;

/** One client's connection. Confined to its thread, which it blocks. */
final class StreamConnection {
  /** Without a question: RFC 7766 section 6.2.3 leaves it to the server and thinks of seconds. */
  private static final int IDLE_MILLIS = 10_000;

  private final Socket socket;
  private final Resolution resolution;

  StreamConnection(Socket socket, Resolution resolution) {
    this.socket = socket;
    this.resolution = resolution;
  }

  /**
   * Answers until the client ends the connection or sends what is not a question.
   *
   * @throws IOException if the connection breaks, or is idle for too long
   */
  void run() throws IOException {
    socket.setSoTimeout(IDLE_MILLIS);
    socket.setTcpNoDelay(true);
    InetSocketAddress client = (InetSocketAddress) socket.getRemoteSocketAddress();
    DataInputStream in = new DataInputStream(socket.getInputStream());
    while (true) {
      byte[] message;
      try {
        message = new byte[in.readUnsignedShort()];
        in.readFully(message);
      } catch (EOFException e) {
        return;
      }
      if (message.length < Header.BYTES || (Header.flags(message) & Header.RESPONSE) != 0) {
        // Nothing would ever come back.
        return;
      }
      CompletableFuture<byte[]> reply = new CompletableFuture<>();
      resolution.resolve(message, client, Exchange.TCP, reply::complete);
      socket.getOutputStream().write(Exchange.framed(reply.join()));
    }
  }
}
