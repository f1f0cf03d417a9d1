// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Connections on which one message went both ways, and nothing after it. */
final class IdleConnections {
  /** What is asked; every answer has the same length. */
  static final byte[] REQUEST =
      "HEAD / HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** More than an answer has. */
  static final int MOST_ANSWER = 4096;

  private IdleConnections() {}

  /** Makes them and holds them until {@link System#in} ends. */
  static void hold(InetSocketAddress from, InetSocketAddress to, int count) throws IOException {
    List<SocketChannel> held = open(from, to, count);
    System.out.println(held.size());
    while (System.in.read() >= 0) {
      // Until whoever started this has measured.
    }
  }

  /** Makes them; they close with the process. */
  static List<SocketChannel> open(InetSocketAddress from, InetSocketAddress to, int count)
      throws IOException {
    List<SocketChannel> held = new ArrayList<>(count);
    ByteBuffer answer = ByteBuffer.allocate(MOST_ANSWER);
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.bind(from);
      channel.connect(to);
      channel.write(ByteBuffer.wrap(REQUEST));
      if (channel.read(answer.clear()) < 0) {
        throw new IOException("connection " + (i + 1) + " of " + count + " was closed");
      }
      held.add(channel);
    }
    return held;
  }
}
