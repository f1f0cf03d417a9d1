// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import dev.sluice.linux.socket.AddressFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An application in a pod that sends everything back, and remembers who came. */
final class EchoServer implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<InetSocketAddress> peers = new CopyOnWriteArrayList<>();

  private EchoServer(ServerSocketChannel listener) {
    this.listener = listener;
  }

  static EchoServer in(NodeWorld world, int pod, AddressFamily family) throws Exception {
    return serve(world.inside(pod, () -> listen(family)));
  }

  /** On the node itself. */
  static EchoServer inNode(NodeWorld world, AddressFamily family) throws Exception {
    return serve(world.inside(() -> listen(family)));
  }

  private static EchoServer serve(ServerSocketChannel listener) {
    EchoServer server = new EchoServer(listener);
    var _ = server.threads.submit(server::acceptAll);
    return server;
  }

  private static ServerSocketChannel listen(AddressFamily family) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(protocol(family));
    channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    return channel.bind(
        new InetSocketAddress(family == AddressFamily.INET ? "0.0.0.0" : "::", 0), 4096);
  }

  static StandardProtocolFamily protocol(AddressFamily family) {
    return family == AddressFamily.INET
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  int port() throws IOException {
    return ((InetSocketAddress) listener.getLocalAddress()).getPort();
  }

  /** Whom it took its clients for, in the order of their arrival. */
  List<InetSocketAddress> peers() {
    return peers;
  }

  private Void acceptAll() throws IOException {
    while (true) {
      SocketChannel client = listener.accept();
      peers.add((InetSocketAddress) client.getRemoteAddress());
      var _ = threads.submit(() -> echo(client));
    }
  }

  private static Void echo(SocketChannel client) throws IOException {
    try (client) {
      ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
      while (client.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          client.write(buffer);
        }
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
  }
}
