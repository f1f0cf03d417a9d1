// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.net.AddressText;
import java.net.InetSocketAddress;

/**
 * One connection that the rules should take over, for {@link LiveCheck}. Immutable.
 *
 * @param kind what it stands for
 * @param client whose socket dials
 * @param destination what it dials
 * @param listenerPort where it should arrive instead, 1 to 65535
 */
public record LiveProbe(
    Kind kind, SocketOwner client, InetSocketAddress destination, int listenerPort) {
  /** What a probe stands for. */
  public enum Kind {
    /**
     * TCP that the proxy sends to an address of its own pod. It is the one way into the inbound
     * listener that can be taken from inside a pod, and what the peers' validation tries.
     */
    INBOUND("inbound"),
    /** TCP that the application sends. */
    OUTBOUND("outbound"),
    /** A question to a name server by TCP. */
    DNS_BY_TCP("DNS by TCP"),
    /** A question to a name server by UDP. */
    DNS_BY_UDP("DNS by UDP");

    private final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  /**
   * From the loopback address to 127.0.0.6 or ::6.
   *
   * @param port to dial, which nobody needs to serve: istio-iptables takes 15002
   * @param listenerPort the proxy's inbound one
   * @param proxy the user and group that the rules exempt
   */
  public static LiveProbe inbound(
      AddressFamily family, int port, int listenerPort, SocketOwner proxy) {
    return new LiveProbe(
        Kind.INBOUND,
        proxy,
        new InetSocketAddress(
            MeshAddresses.passthroughSource(MeshAddresses.loopback(family)), port),
        listenerPort);
  }

  /**
   * To an address that the rules capture. Nothing leaves the host if they do.
   *
   * @param listenerPort the proxy's outbound one
   * @param application a user and group that the rules don't exempt
   */
  public static LiveProbe outbound(
      InetSocketAddress destination, int listenerPort, SocketOwner application) {
    return new LiveProbe(Kind.OUTBOUND, application, destination, listenerPort);
  }

  /** To a captured name server by TCP; the rest as for {@link #outbound}. */
  public static LiveProbe dnsByTcp(
      InetSocketAddress server, int listenerPort, SocketOwner application) {
    return new LiveProbe(Kind.DNS_BY_TCP, application, server, listenerPort);
  }

  /** To a captured name server by UDP; the rest as for {@link #outbound}. */
  public static LiveProbe dnsByUdp(
      InetSocketAddress server, int listenerPort, SocketOwner application) {
    return new LiveProbe(Kind.DNS_BY_UDP, application, server, listenerPort);
  }

  AddressFamily family() {
    return AddressFamily.of(destination.getAddress());
  }

  /** {@code IPv4 outbound to 192.0.2.1:80 (user 65534, group 65534)}. */
  @Override
  public String toString() {
    return (family() == AddressFamily.INET ? "IPv4 " : "IPv6 ")
        + kind.label
        + " to "
        + AddressText.of(destination)
        + " ("
        + client
        + ")";
  }
}
