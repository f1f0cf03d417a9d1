// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

/**
 * One question to one name server and its answer. Each has a socket and so a port of its own, which
 * the kernel picks at random, and the socket is connected: an answer from elsewhere does not reach
 * it. Blocks; thread-safe.
 */
enum Exchange {
  /** By datagrams. */
  UDP {
    @Override
    byte[] ask(Query query, int id, InetSocketAddress server, Duration time, OwnQuestions own)
        throws IOException {
      Deadline deadline = Deadline.in(time);
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.connect(server);
        try (var _ = own.remember((InetSocketAddress) socket.getLocalSocketAddress())) {
          byte[] question = query.withId(id);
          socket.send(new DatagramPacket(question, question.length));
          // One byte more shows that an answer is longer than the client takes.
          byte[] buffer = new byte[query.udpLimit() + 1];
          while (true) {
            socket.setSoTimeout(deadline.remainingMillis());
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            socket.receive(packet);
            byte[] reply = Arrays.copyOf(buffer, packet.getLength());
            // Late or forged; the right one may still come.
            if (query.isAnsweredBy(reply, id)) {
              return reply;
            }
          }
        }
      }
    }
  },

  /** By a stream, each message behind its length (RFC 1035 section 4.2.2). */
  TCP {
    @Override
    byte[] ask(Query query, int id, InetSocketAddress server, Duration time, OwnQuestions own)
        throws IOException {
      Deadline deadline = Deadline.in(time);
      try (Socket socket = new Socket()) {
        socket.connect(server, deadline.remainingMillis());
        try (var _ = own.remember((InetSocketAddress) socket.getLocalSocketAddress())) {
          socket.getOutputStream().write(framed(query.withId(id)));
          byte[] length = read(socket, 2, deadline);
          byte[] reply = read(socket, Header.unsignedShort(length, 0), deadline);
          if (!query.isAnsweredBy(reply, id)) {
            throw new IOException("the answer is to another question");
          }
          return reply;
        }
      }
    }
  };

  /**
   * Asks, and returns what answers the query, under {@code id}.
   *
   * @throws IOException if nothing does within {@code time}, or the server can't be reached
   */
  abstract byte[] ask(
      Query query, int id, InetSocketAddress server, Duration time, OwnQuestions own)
      throws IOException;

  /** {@code message} behind its length. */
  static byte[] framed(byte[] message) {
    return ByteBuffer.allocate(2 + message.length)
        .putShort((short) message.length)
        .put(message)
        .array();
  }

  private static byte[] read(Socket socket, int bytes, Deadline deadline) throws IOException {
    byte[] read = new byte[bytes];
    int filled = 0;
    while (filled < bytes) {
      socket.setSoTimeout(deadline.remainingMillis());
      int more = socket.getInputStream().read(read, filled, bytes - filled);
      if (more < 0) {
        throw new IOException("the connection ended before the answer");
      }
      filled += more;
    }
    return read;
  }
}
