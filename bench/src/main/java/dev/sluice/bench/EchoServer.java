// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Serves one connection, sending back what comes. A thread of its own; closed by its maker. */
final class EchoServer implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final InetSocketAddress address;

  EchoServer() throws IOException {
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    address = (InetSocketAddress) listener.getLocalAddress();
    Thread.ofPlatform().daemon().name("bench-echo").start(this::serve);
  }

  InetSocketAddress address() {
    return address;
  }

  private void serve() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    try (SocketChannel channel = listener.accept()) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      while (channel.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        buffer.clear();
      }
    } catch (ClosedChannelException e) {
      // The end of the benchmark.
    } catch (IOException e) {
      System.err.println("bench: echoing: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
