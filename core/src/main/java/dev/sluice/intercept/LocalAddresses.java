// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.Sockets;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Whether an address belongs to the network namespace that the proxy runs in. Thread-safe.
 *
 * <p>The kernel is asked each time, by binding a socket to the address: that covers addresses that
 * come and go and local routes without an address, and costs three system calls. It is wrong only
 * where {@code ip_nonlocal_bind} is on, which {@code docs/kernel.md} says.
 */
public final class LocalAddresses {
  /**
   * Whether this namespace has {@code address}. Any other complaint than that it hasn't, such as
   * that no port or no descriptor is left, says nothing about the address.
   */
  public boolean contains(InetAddress address) {
    // All of 127.0.0.0/8 is there as soon as lo is, and so is ::1.
    return address.isLoopbackAddress() || bindError(address) != Errno.EADDRNOTAVAIL.number();
  }

  private static int bindError(InetAddress address) {
    AddressFamily family = AddressFamily.of(address);
    int descriptor = Sockets.tryOpenStream(family);
    if (descriptor < 0) {
      return -descriptor;
    }
    try {
      return -Sockets.tryBind(descriptor, family, new InetSocketAddress(address, 0));
    } finally {
      Sockets.close(descriptor);
    }
  }
}
