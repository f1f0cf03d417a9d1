// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.SyscallException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Asks the kernel, by doing, for what the interception modes need of sockets, in the network
 * namespace of the calling thread. Leaves nothing behind. Thread-safe.
 */
public final class SocketProbes {
  private SocketProbes() {}

  /** Whether a socket can be bound to the loopback address of the family. */
  public static ProbeResult loopback(AddressFamily family) {
    InetAddress address =
        InetAddress.ofLiteral(
            switch (family) {
              case INET -> "127.0.0.1";
              case INET6 -> "::1";
            });
    return probe(family, fd -> Sockets.bind(fd, family, new InetSocketAddress(address, 0)));
  }

  /**
   * Whether this process may set {@link SocketOptions#setIpTransparent}; without the capability the
   * answer is {@link ProbeResult.Inconclusive}.
   */
  public static ProbeResult ipTransparent(AddressFamily family) {
    return probe(family, fd -> SocketOptions.setIpTransparent(fd, family, true));
  }

  /** Whether this kernel has {@link SocketOptions#netnsCookie} (Linux 5.14). */
  public static ProbeResult netnsCookie() {
    return probe(AddressFamily.INET, SocketOptions::netnsCookie);
  }

  private static ProbeResult probe(AddressFamily family, Attempt attempt) {
    try (FileDescriptor socket = FileDescriptor.owning(Sockets.openDatagram(family))) {
      attempt.on(socket.number());
      return new ProbeResult.Supported();
    } catch (SyscallException e) {
      return meansMissing(e)
          ? new ProbeResult.Unsupported(e.getMessage())
          : new ProbeResult.Inconclusive(e.getMessage());
    }
  }

  private static boolean meansMissing(SyscallException e) {
    return e.is(Errno.ENOPROTOOPT)
        || e.is(Errno.EAFNOSUPPORT)
        || e.is(Errno.EADDRNOTAVAIL)
        || e.is(Errno.EOPNOTSUPP);
  }

  private interface Attempt {
    void on(int descriptor) throws SyscallException;
  }
}
