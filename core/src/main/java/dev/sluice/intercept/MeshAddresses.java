// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.socket.AddressFamily;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** The addresses that proxies and rules of every mesh agree on. Immutable. */
public final class MeshAddresses {
  private static final InetAddress PASSTHROUGH_V4 = address(127, 0, 0, 6);
  private static final InetAddress PASSTHROUGH_V6 =
      address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6);
  private static final InetAddress LOOPBACK_V4 = address(127, 0, 0, 1);
  private static final InetAddress LOOPBACK_V6 =
      address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

  private MeshAddresses() {}

  /** 127.0.0.6 or ::6: connections of the proxy to its application, which the rules let through. */
  public static InetAddress passthroughSource(InetAddress sameFamily) {
    return sameFamily instanceof Inet4Address ? PASSTHROUGH_V4 : PASSTHROUGH_V6;
  }

  /**
   * 127.0.0.6 or ::1: where the proxy connects to its application from when a program tells the
   * application who the client is. Both are there with lo; ::6 would have to be added.
   */
  public static InetAddress announcedSource(InetAddress sameFamily) {
    return sameFamily instanceof Inet4Address ? PASSTHROUGH_V4 : LOOPBACK_V6;
  }

  /** 127.0.0.1 or ::1. */
  public static InetAddress loopback(InetAddress sameFamily) {
    return sameFamily instanceof Inet4Address ? LOOPBACK_V4 : LOOPBACK_V6;
  }

  /** The same for a family. */
  public static InetAddress loopback(AddressFamily family) {
    return switch (family) {
      case INET -> LOOPBACK_V4;
      case INET6 -> LOOPBACK_V6;
    };
  }

  private static InetAddress address(int... parts) {
    byte[] bytes = new byte[parts.length];
    for (int i = 0; i < parts.length; i++) {
      bytes[i] = (byte) parts[i];
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
