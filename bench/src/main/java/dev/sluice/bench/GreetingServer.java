// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Sends one byte to whoever connects, and closes. A thread of its own; closed by its maker. */
final class GreetingServer implements AutoCloseable {
  private final ServerSocketChannel listener;

  /** In the namespace of the calling thread. */
  GreetingServer(int port) throws IOException {
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 128);
    Thread.ofPlatform().daemon().name("bench-greeting").start(this::serve);
  }

  private void serve() {
    while (listener.isOpen()) {
      try (SocketChannel channel = listener.accept()) {
        channel.write(ByteBuffer.allocate(1));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        System.err.println("bench: greeting: " + e.getMessage());
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
