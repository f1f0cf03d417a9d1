// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.BackendSet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/** Makes backend sets for tests. */
final class Sets {
  private Sets() {}

  /** A service at {@code address} with backends at the ports of the backends' namespace. */
  static BackendSet of(TransportProtocol protocol, String address, int port, Integer... backends) {
    return of(protocol, address, port, 0, 0, addresses(address, backends), List.of());
  }

  static BackendSet of(
      TransportProtocol protocol,
      String address,
      int port,
      int nodePort,
      int affinitySeconds,
      List<InetSocketAddress> chosen,
      List<InetSocketAddress> lingering) {
    return new BackendSet(
        "test/" + address + ":" + port + "/" + protocol,
        new BackendSet.Frontend(
            isIpv6(address), protocol, List.of(InetAddress.ofLiteral(address)), port, nodePort),
        affinitySeconds,
        chosen,
        lingering);
  }

  /** Ports of the backends' namespace, in the family of {@code sameFamily}. */
  static List<InetSocketAddress> addresses(String sameFamily, Integer... ports) {
    String server = isIpv6(sameFamily) ? Scene.SERVER_V6 : Scene.SERVER_V4;
    return Arrays.stream(ports)
        .map(port -> new InetSocketAddress(InetAddress.ofLiteral(server), port))
        .toList();
  }

  private static boolean isIpv6(String literal) {
    return literal.contains(":");
  }
}
