// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.linux.Errno;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.PollCalls;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.rules.explain.Protocol;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** One connection, made in the namespace of the calling thread. */
final class Client {
  private static final int GREETING = 128;

  private final Protocol protocol;
  private final AddressFamily family;
  private final InetSocketAddress from;
  private final InetSocketAddress to;

  Client(Protocol protocol, InetSocketAddress from, InetSocketAddress to) {
    this.protocol = protocol;
    family = AddressFamily.of(to.getAddress());
    this.from = from;
    this.to = to;
  }

  /**
   * Dials and reads the greeting.
   *
   * @param mark of the socket; 0 for none
   */
  Observation dial(SocketOwner owner, int mark, Duration patience) throws SyscallException {
    int fd = protocol == Protocol.TCP ? owner.openStream(family) : owner.openDatagram(family);
    try (NativeBuffer buffer = NativeBuffer.allocate(GREETING)) {
      SocketOptions.setReuseAddress(fd, true);
      SocketOptions.setIpTransparent(fd, family, true);
      if (mark != 0) {
        SocketOptions.setMark(fd, mark);
      }
      Sockets.bind(fd, family, from);
      return greeting(fd, buffer, patience);
    } finally {
      if (protocol == Protocol.TCP) {
        // No TIME_WAIT in the way of the next case.
        SocketOptions.setLingerZero(fd);
      }
      int _ = Sockets.close(fd);
    }
  }

  private Observation greeting(int fd, NativeBuffer buffer, Duration patience) {
    int result = Sockets.connect(fd, family, to);
    if (result < 0 && !Errno.EINPROGRESS.returnedBy(result)) {
      return Observation.NOTHING;
    }
    if (protocol == Protocol.UDP && Sockets.write(fd, buffer.address(), 1) < 0) {
      return Observation.NOTHING;
    }
    if (PollCalls.awaitReadable(fd, (int) patience.toMillis()) <= 0) {
      return Observation.NOTHING;
    }
    int read = Sockets.read(fd, buffer.address(), GREETING);
    return read <= 0
        ? Observation.NOTHING
        : Observation.parse(new String(buffer.get(0, read), StandardCharsets.US_ASCII));
  }
}
