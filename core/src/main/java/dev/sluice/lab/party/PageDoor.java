// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * A port of this process's loopback that leads to one of a namespace's loopback, so that a browser
 * of the host gets at a page in there. Closing it ends what goes through. Thread-safe.
 */
public final class PageDoor implements AutoCloseable {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final Path namespace;
  private final InetSocketAddress inside;
  private final ServerSocketChannel door;

  private PageDoor(Path namespace, int port, ServerSocketChannel door) {
    this.namespace = namespace;
    this.inside = new InetSocketAddress(LOOPBACK, port);
    this.door = door;
  }

  /** Opens a free port that leads to {@code port} in the namespace of that file. */
  public static PageDoor open(Path namespace, int port) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.INET);
    listener.bind(new InetSocketAddress(LOOPBACK, 0));
    PageDoor door = new PageDoor(namespace, port, listener);
    Thread.ofVirtual().name("lab-page").start(door::serve);
    return door;
  }

  /** Where a browser finds the page. */
  public String address() {
    return "http://127.0.0.1:" + door.socket().getLocalPort() + "/";
  }

  private void serve() {
    while (door.isOpen()) {
      try {
        SocketChannel visitor = door.accept();
        Thread.ofVirtual().name("lab-page").start(() -> lead(visitor));
      } catch (IOException e) {
        // Closed, or a visitor that was gone at once.
      }
    }
  }

  private void lead(SocketChannel visitor) {
    try (visitor;
        SocketChannel page = socketInside()) {
      page.connect(inside);
      Thread there = Thread.ofVirtual().start(() -> copy(visitor, page));
      copy(page, visitor);
      there.join();
    } catch (IOException e) {
      // The proxy is gone: the visitor sees the end of the connection.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A socket stays where it was made. */
  private SocketChannel socketInside() throws IOException {
    try (NetworkNamespace there = NetworkNamespace.open(namespace)) {
      return NamespaceThread.call(there, () -> SocketChannel.open(StandardProtocolFamily.INET));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("entering " + namespace + ": " + e, e);
    }
  }

  private static void copy(SocketChannel from, SocketChannel to) {
    try {
      Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
      to.shutdownOutput();
    } catch (IOException e) {
      // One of them is gone: the other learns it when both are closed.
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
  }
}
