// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Connections on which one message went both ways, and nothing after it. */
final class IdleConnections {
  private static final byte[] REQUEST =
      "HEAD / HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private IdleConnections() {}

  /** Makes them and holds them until {@link System#in} ends. */
  static void hold(InetSocketAddress from, InetSocketAddress to, int count) throws IOException {
    List<SocketChannel> held = new ArrayList<>(count);
    ByteBuffer answer = ByteBuffer.allocate(4096);
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
    System.out.println(held.size());
    while (System.in.read() >= 0) {
      // Until whoever started this has measured.
    }
  }
}
