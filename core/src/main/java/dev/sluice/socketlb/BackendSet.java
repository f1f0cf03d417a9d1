// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.model.TransportProtocol;
import dev.sluice.policy.DataPath;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * One port of a service in one address family, and who serves it: the unit that the programs choose
 * from.
 *
 * @param name {@code namespace/name:port/PROTOCOL/family}, for people; also what keeps the identity
 *     of the set, and so its counters and affinities, across changes
 * @param frontend what clients dial
 * @param affinitySeconds how long a network namespace keeps its backend without a connection; 0 for
 *     no affinity
 * @param chosen the backends for new connections, all of the frontend's family; none means that
 *     clients are refused
 * @param lingering backends that take no new connection and keep those that they have
 * @param path whether connections need the proxy, as policies have it
 */
public record BackendSet(
    String name,
    Frontend frontend,
    int affinitySeconds,
    List<InetSocketAddress> chosen,
    List<InetSocketAddress> lingering,
    DataPath path) {

  /** Copies the lists. */
  public BackendSet {
    chosen = List.copyOf(chosen);
    lingering = List.copyOf(lingering);
  }

  /** Of a service without policies. */
  public BackendSet(
      String name,
      Frontend frontend,
      int affinitySeconds,
      List<InetSocketAddress> chosen,
      List<InetSocketAddress> lingering) {
    this(name, frontend, affinitySeconds, chosen, lingering, DataPath.Socket.WITHOUT_POLICY);
  }

  /**
   * Where a set is reached.
   *
   * @param ipv6 the family of every address of the set
   * @param protocol TCP or UDP
   * @param addresses the service IPs; may be empty when there is a node port
   * @param port with the service IPs, 1 to 65535
   * @param nodePort with the addresses of the node, 1 to 65535; 0 when there is none
   */
  public record Frontend(
      boolean ipv6,
      TransportProtocol protocol,
      List<InetAddress> addresses,
      int port,
      int nodePort) {
    /** Copies the list. */
    public Frontend {
      addresses = List.copyOf(addresses);
    }
  }
}
