// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.linux.socket.Sockets;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Whether an address belongs to a network namespace. Thread-safe.
 *
 * <p>The kernel is asked each time, by binding a socket to the address: that covers addresses that
 * come and go and local routes without an address, and costs three system calls. It is wrong only
 * where {@code ip_nonlocal_bind} is on, which {@code docs/kernel.md} says.
 */
public final class LocalAddresses {
  private final SocketPlace place;

  /** Of the namespace that the calling thread lives in. */
  public LocalAddresses() {
    this(SocketPlace.here());
  }

  /** Of the namespace that {@code place} opens sockets in. */
  public LocalAddresses(SocketPlace place) {
    this.place = place;
  }

  /**
   * Whether this namespace has {@code address}. Any other complaint than that it hasn't, such as
   * that no port or no descriptor is left, says nothing about the address.
   */
  public boolean contains(InetAddress address) {
    // All of 127.0.0.0/8 is there as soon as lo is, and so is ::1.
    return address.isLoopbackAddress() || bindError(address) != Errno.EADDRNOTAVAIL.number();
  }

  private int bindError(InetAddress address) {
    AddressFamily family = AddressFamily.of(address);
    int descriptor = place.tryOpenStream(family);
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
