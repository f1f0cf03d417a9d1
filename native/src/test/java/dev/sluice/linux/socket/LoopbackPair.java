// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.Errno;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.IntSupplier;

/**
 * A listener and one established connection over loopback, made with the calls under test. Closed
 * by who opened it; not thread-safe.
 */
record LoopbackPair(int listener, int client, int server, InetSocketAddress acceptedPeer)
    implements AutoCloseable {
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  static LoopbackPair open(AddressFamily family) throws Exception {
    String loopback = family == AddressFamily.INET ? "127.0.0.1" : "::1";
    int listener = Sockets.openStream(family);
    Sockets.bind(listener, family, new InetSocketAddress(InetAddress.ofLiteral(loopback), 0));
    Sockets.listen(listener, 1);
    int client = Sockets.openStream(family);
    int connected = Sockets.connect(client, family, Sockets.localAddress(listener));
    if (connected != 0 && !Errno.EINPROGRESS.returnedBy(connected)) {
      throw new IllegalStateException("connecting over loopback: " + Errno.describe(-connected));
    }
    PeerAddress peer = new PeerAddress();
    int server = repeat(() -> Sockets.accept(listener, peer));
    if (server < 0) {
      throw new IllegalStateException("accepting on loopback: " + Errno.describe(-server));
    }
    return new LoopbackPair(listener, client, server, peer.toSocketAddress());
  }

  /** Waits until the connection's state at the server says that the client has ended its half. */
  void awaitClientEnd() throws Exception {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (SocketOptions.tcpInfo(server).state() != TcpState.CLOSE_WAIT) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("waiting for CLOSE_WAIT: not within 10 s");
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    Sockets.close(server);
    Sockets.close(client);
    Sockets.close(listener);
  }

  /** The next connection of {@code listener}, waited for. */
  static int accept(int listener) {
    PeerAddress peer = new PeerAddress();
    int fd = repeat(() -> Sockets.accept(listener, peer));
    if (fd < 0) {
      throw new IllegalStateException("accepting on loopback: " + Errno.describe(-fd));
    }
    return fd;
  }

  /** What {@code call} returns once it is no more EAGAIN; an error as {@code -errno}. */
  static int repeat(IntSupplier call) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    int result = call.getAsInt();
    while (Errno.EAGAIN.returnedBy(result) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
      result = call.getAsInt();
    }
    return result;
  }
}
