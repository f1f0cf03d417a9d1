// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A listener on the wildcard, and a connection to it by way of an address that may be another one.
 * Must be opened on a thread inside the namespace; its descriptors work from everywhere.
 */
record Connection(FileDescriptor listener, FileDescriptor client, FileDescriptor server)
    implements AutoCloseable {
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  /** Listens on {@code port} with a socket of {@code listening}, and dials {@code target}. */
  static Connection open(AddressFamily listening, int port, InetSocketAddress target)
      throws IOException {
    AddressFamily dialling = AddressFamily.of(target.getAddress());
    FileDescriptor listener = FileDescriptor.owning(Sockets.openStream(listening));
    FileDescriptor client = FileDescriptor.owning(Sockets.openStream(dialling));
    InetAddress wildcard =
        InetAddress.ofLiteral(listening == AddressFamily.INET ? "0.0.0.0" : "::");
    if (listening == AddressFamily.INET6) {
      SocketOptions.setIpv6Only(listener.number(), false);
    }
    Sockets.bind(listener.number(), listening, new InetSocketAddress(wildcard, port));
    Sockets.listen(listener.number(), 8);
    int result = Sockets.connect(client.number(), dialling, target);
    if (result != 0 && !Errno.EINPROGRESS.returnedBy(result)) {
      throw new IllegalStateException("dialling " + target + ": " + Errno.describe(-result));
    }
    return new Connection(listener, client, accept(listener));
  }

  private static FileDescriptor accept(FileDescriptor listener) {
    PeerAddress peer = new PeerAddress();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    int result = Sockets.accept(listener.number(), peer);
    while (Errno.EAGAIN.returnedBy(result) && System.nanoTime() - deadline < 0) {
      Thread.onSpinWait();
      result = Sockets.accept(listener.number(), peer);
    }
    if (result < 0) {
      throw new IllegalStateException("accepting: " + Errno.describe(-result));
    }
    return FileDescriptor.owning(result);
  }

  @Override
  public void close() throws IOException {
    server.close();
    client.close();
    listener.close();
  }
}
