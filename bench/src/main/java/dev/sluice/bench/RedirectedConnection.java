// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Both ends of a connection that the rule of a {@link BenchNamespace} redirected; conntrack knows
 * where it was going. Owns the descriptors.
 *
 * @param client the end that dialled
 * @param accepted the end that a proxy would have
 */
record RedirectedConnection(int client, int accepted) implements AutoCloseable {
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  /** Made by the calling thread, so in its namespace. */
  static RedirectedConnection open(InetAddress loopback) throws IOException {
    AddressFamily family = AddressFamily.of(loopback);
    int listener = Sockets.openStream(family);
    try {
      Sockets.bind(listener, family, new InetSocketAddress(loopback, BenchNamespace.LISTENING));
      Sockets.listen(listener, 1);
      int client = Sockets.openStream(family);
      int result =
          Sockets.connect(client, family, new InetSocketAddress(loopback, BenchNamespace.DIALLED));
      if (result < 0 && !Errno.EINPROGRESS.returnedBy(result)) {
        Sockets.close(client);
        throw new SyscallException("connect", -result, "to a redirected port");
      }
      return new RedirectedConnection(client, accept(listener));
    } finally {
      Sockets.close(listener);
    }
  }

  /** Waits for the next connection of a non-blocking listener. */
  static int accept(int listener) throws IOException {
    PeerAddress peer = new PeerAddress();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (System.nanoTime() < deadline) {
      int accepted = Sockets.accept(listener, peer);
      if (accepted >= 0) {
        return accepted;
      }
      Thread.onSpinWait();
    }
    throw new IOException("accepting: no connection came; expected one within 5 s");
  }

  @Override
  public void close() {
    Sockets.close(client);
    Sockets.close(accepted);
  }
}
