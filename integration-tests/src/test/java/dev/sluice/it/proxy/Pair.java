// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.AddressText;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Both ends of one connection through the proxy.
 *
 * @param serverPeer who the server believes its client is
 */
record Pair(Wire client, Wire server, String serverPeer) implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  /** {@code client} has been made to {@code listener}, which has accepted nothing since. */
  static Pair of(Wire client, ServerSocketChannel listener) throws IOException {
    // The socket's view of the channel is the one that can give up.
    listener.socket().setSoTimeout(PATIENCE_MILLIS);
    SocketChannel accepted = listener.socket().accept().getChannel();
    String peer = AddressText.of((InetSocketAddress) accepted.getRemoteAddress());
    return new Pair(client, new Wire(accepted), peer);
  }

  /** Some bytes there, and some back. */
  void exchange(int there, int back) throws IOException {
    client.send(new byte[there]);
    assertThat(server.receive(there)).hasSize(there);
    server.send(new byte[back]);
    assertThat(client.receive(back)).hasSize(back);
  }

  /** Both ends close, in the middle of a test. */
  void hangUp() throws IOException {
    client.close();
    server.close();
  }

  @Override
  public void close() throws IOException {
    hangUp();
  }
}
