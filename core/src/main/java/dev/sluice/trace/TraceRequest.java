// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.socket.SocketOwner;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to trace. Immutable.
 *
 * @param destination what connect(2) is given
 * @param namespace the client's; empty for that of this process
 * @param cgroup the client's; empty for that of whoever lives in its namespace, or of this process
 *     if that is its own, or nobody does
 * @param owner whose the client's socket is; empty for this process
 * @param through further network namespaces whose netfilter is traced
 * @param limit for connect, and again for the proxies' records; for the answer to a datagram
 * @param protocol a connection of TCP, or a datagram of UDP
 */
public record TraceRequest(
    InetSocketAddress destination,
    Optional<Path> namespace,
    Optional<Path> cgroup,
    Optional<SocketOwner> owner,
    List<Path> through,
    Duration limit,
    SocketProtocol protocol) {
  /** Copies the list. */
  public TraceRequest {
    through = List.copyOf(through);
  }

  TraceRequest from(Optional<Path> place) {
    return new TraceRequest(destination, namespace, place, owner, through, limit, protocol);
  }

  /** A connection. */
  public TraceRequest(
      InetSocketAddress destination,
      Optional<Path> namespace,
      Optional<Path> cgroup,
      Optional<SocketOwner> owner,
      List<Path> through,
      Duration limit) {
    this(destination, namespace, cgroup, owner, through, limit, SocketProtocol.TCP);
  }
}
