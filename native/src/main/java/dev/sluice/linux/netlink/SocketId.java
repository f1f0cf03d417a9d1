// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import dev.sluice.linux.socket.AddressFamily;
import java.net.InetSocketAddress;

/**
 * Which socket is meant: {@code struct inet_diag_sockid}, with the family and protocol that its
 * lookup needs. The kernel finds a socket by its addresses and then compares the cookie, so an id
 * whose socket has gone never hits another one that has its addresses. Immutable.
 *
 * @param protocol TCP or UDP
 * @param family the socket's own, {@link AddressFamily#INET6} for one that carries IPv4 as {@code
 *     ::ffff:a.b.c.d}; the addresses are then {@link java.net.Inet4Address}es
 * @param local its own address
 * @param remote the address that it is connected to; the wildcard and port 0 if it is not
 * @param interfaceIndex the interface that it is bound to ({@code SO_BINDTODEVICE}); 0 for none
 * @param cookie {@code SO_COOKIE}, unsigned; never given to two sockets while the machine is up
 */
public record SocketId(
    SocketProtocol protocol,
    AddressFamily family,
    InetSocketAddress local,
    InetSocketAddress remote,
    int interfaceIndex,
    long cookie) {
  /** For messages: {@code UDP 10.7.1.2:40000 to 10.7.2.2:53 (cookie 4711)}. */
  @Override
  public String toString() {
    return protocol
        + " "
        + text(local)
        + " to "
        + text(remote)
        + " (cookie "
        + Long.toUnsignedString(cookie)
        + ")";
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
