// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.net.InetSocketAddress;

/** Connects and closes, one connection after the other, on the calling thread. */
final class ConnectClient {
  private ConnectClient() {}

  /**
   * Makes {@code count} connections. They are closed by RST, so that no port is kept.
   *
   * @return nanoseconds for all of them
   */
  static long run(InetSocketAddress address, int count) throws SyscallException {
    AddressFamily family = AddressFamily.of(address.getAddress());
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      int descriptor = Sockets.openStream(family);
      try {
        // On loopback the handshake is over when this returns, although it says "in progress".
        int result = Sockets.connect(descriptor, family, address);
        if (result < 0 && !Errno.EINPROGRESS.returnedBy(result)) {
          throw new SyscallException("connect", -result, "to " + address);
        }
        SocketOptions.setLingerZero(descriptor);
      } finally {
        Sockets.close(descriptor);
      }
    }
    return System.nanoTime() - start;
  }
}
