// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.explain.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The addresses of this network namespace, and the way that packets take out of it. */
final class HostRoutes {
  /** Any will do: nothing is sent. */
  private static final int PORT = 9;

  private HostRoutes() {}

  /** As the kernel routes now; needs no privilege. */
  static Host towards(InetAddress destination) {
    Map<String, List<InetAddress>> interfaces = new HashMap<>();
    try {
      NetworkInterface.networkInterfaces()
          .forEach(each -> interfaces.put(each.getName(), each.inetAddresses().toList()));
    } catch (SocketException e) {
      throw new UncheckedIOException("listing the network interfaces: " + e.getMessage(), e);
    }
    return new Host(interfaces, wayOut(destination));
  }

  /** Connecting a UDP socket asks for the route and sends nothing. */
  private static String wayOut(InetAddress destination) {
    try (DatagramChannel probe = DatagramChannel.open()) {
      probe.connect(new InetSocketAddress(destination, PORT));
      NetworkInterface way =
          probe.getLocalAddress() instanceof InetSocketAddress local
              ? NetworkInterface.getByInetAddress(local.getAddress())
              : null;
      return way == null ? Host.NO_ROUTE : way.getName();
    } catch (IOException e) {
      return Host.NO_ROUTE;
    }
  }
}
