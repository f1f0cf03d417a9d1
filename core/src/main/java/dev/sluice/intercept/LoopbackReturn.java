// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.locks.LockSupport;

/**
 * Whether a connection that the proxy makes to the loopback address, from an address that isn't
 * ours, can be answered. It needs a policy rule that sends what leaves the loopback address back to
 * lo; where other people wrote the rules there may be none. Found by doing it: a connection from a
 * documentation address to a listener of our own, in both families.
 *
 * <p>Thread-safe. {@link #refresh()} blocks up to half a second, so never on an event loop.
 */
public final class LoopbackReturn {
  private static final InetAddress FOREIGN_V4 = InetAddress.ofLiteral("203.0.113.1");
  private static final InetAddress FOREIGN_V6 = InetAddress.ofLiteral("2001:db8:203:113::1");
  private static final long PATIENCE_NANOS = 250_000_000L;
  private static final long POLL_NANOS = 2_000_000L;

  private volatile boolean worksV4;
  private volatile boolean worksV6;

  /** What the last {@link #refresh()} found for the family of {@code address}; at first false. */
  public boolean works(InetAddress address) {
    return address instanceof Inet4Address ? worksV4 : worksV6;
  }

  /** Tries both families. */
  public void refresh() {
    worksV4 = tryIt(FOREIGN_V4);
    worksV6 = tryIt(FOREIGN_V6);
  }

  private static boolean tryIt(InetAddress foreign) {
    AddressFamily family = AddressFamily.of(foreign);
    InetAddress loopback = MeshAddresses.loopback(foreign);
    int listener = Sockets.tryOpenStream(family);
    int client = Sockets.tryOpenStream(family);
    try {
      if (listener < 0 || client < 0) {
        return false;
      }
      Sockets.bind(listener, family, new InetSocketAddress(loopback, 0));
      Sockets.listen(listener, 1);
      SocketOptions.setIpTransparent(client, family, true);
      Sockets.bind(client, family, new InetSocketAddress(foreign, 0));
      Sockets.connect(client, family, Sockets.localAddress(listener));
      return isAccepted(listener);
    } catch (SyscallException e) {
      // No IPv6 in this namespace, or not the right to be transparent: then it doesn't work.
      return false;
    } finally {
      close(client);
      close(listener);
    }
  }

  private static boolean isAccepted(int listener) {
    PeerAddress peer = new PeerAddress();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (System.nanoTime() < deadline) {
      int accepted = Sockets.accept(listener, peer);
      if (accepted >= 0) {
        Sockets.close(accepted);
        return true;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return false;
  }

  private static void close(int descriptor) {
    if (descriptor >= 0) {
      Sockets.close(descriptor);
    }
  }
}
