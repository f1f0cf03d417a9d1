// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Semaphore;

/** Accepts and closes, and counts it. A thread of its own; closed by whoever made it. */
final class AcceptingServer implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocketChannel listener;
  private final InetSocketAddress address;
  private final Semaphore accepted = new Semaphore(0);

  /** On any port of the loopback address. */
  AcceptingServer() throws IOException {
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), BACKLOG);
    address = (InetSocketAddress) listener.getLocalAddress();
    Thread.ofPlatform().daemon().name("bench-accept").start(this::acceptAll);
  }

  InetSocketAddress address() {
    return address;
  }

  /** Waits until {@code count} more connections were accepted: the queue never overflows. */
  void awaitAccepted(int count) throws InterruptedException {
    accepted.acquire(count);
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel channel = listener.accept();
        channel.close();
        accepted.release();
      }
    } catch (ClosedChannelException e) {
      // The end of the benchmark.
    } catch (IOException e) {
      System.err.println("bench: accepting: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
