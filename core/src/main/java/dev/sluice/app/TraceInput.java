// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.node.PodChoice;
import dev.sluice.node.PodLookup;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.trace.AddressPort;
import dev.sluice.trace.TraceRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What {@code sluice trace} was told, in words. Immutable.
 *
 * @param to what to dial
 * @param services that a name may be one of
 * @param client from where
 * @param through further network namespaces
 * @param limit for connect, and for the proxies' records; for an answer
 * @param protocol a connection, or a datagram
 */
record TraceInput(
    String to,
    KnownServices services,
    Client client,
    List<String> through,
    Duration limit,
    SocketProtocol protocol) {
  private static final Path NAMED = Path.of("/run/netns");
  private static final Path PROC = Path.of("/proc");
  private static final long HIGHEST_ID = 4_294_967_294L;
  private static final int HIGHEST_PORT = 65_535;

  /**
   * Who dials.
   *
   * @param namespace by name or path
   * @param pod {@code netns:NAME} or {@code uid:UID}
   * @param cgroup by path
   * @param pid of a process that stands for both
   * @param user of the socket
   * @param group of the socket
   */
  record Client(
      Optional<String> namespace,
      Optional<String> pod,
      Optional<Path> cgroup,
      Optional<String> pid,
      Optional<String> user,
      Optional<String> group) {}

  /**
   * The request that is meant.
   *
   * @throws IllegalArgumentException if the words make no sense; the message says which
   * @throws IOException if what they name isn't there
   */
  TraceRequest request() throws IOException {
    Where where = where();
    List<Path> others = through.stream().map(TraceInput::path).toList();
    for (Path other : others) {
      requireThere(other);
    }
    return new TraceRequest(
        destinations().getFirst(),
        where.namespace(),
        where.cgroup(),
        owner(),
        others,
        limit,
        protocol);
  }

  /**
   * From where.
   *
   * @param namespace a path into it; empty if none is named
   * @param cgroup its folder; empty if none is named
   */
  record Where(Optional<Path> namespace, Optional<Path> cgroup) {}

  /** As {@link #request}. */
  Where where() throws IOException {
    Optional<Path> namespace = Optional.empty();
    Optional<Path> cgroup = client.cgroup();
    if (client.namespace().isPresent()) {
      namespace = Optional.of(namespace(client.namespace().get()));
    }
    if (client.pid().isPresent()) {
      if (namespace.isPresent() || cgroup.isPresent()) {
        throw new IllegalArgumentException(
            "--pid with --netns or --cgroup; expected the process or the two, not both");
      }
      Path process = process(client.pid().get());
      namespace = Optional.of(process.resolve("ns/net"));
      cgroup = CgroupFolder.ofProcess(process);
    }
    if (client.pod().isPresent()) {
      if (client.namespace().isPresent() || client.pid().isPresent()) {
        throw new IllegalArgumentException(
            "--pod with --netns or --pid; expected one of them, for each says where from");
      }
      Path way = PodLookup.only(pod(client.pod().get()));
      namespace = Optional.of(way);
      if (cgroup.isEmpty() && way.startsWith(PROC) && way.getNameCount() > 2) {
        cgroup = CgroupFolder.ofProcess(PROC.resolve(way.getName(1)));
      }
    }
    return new Where(namespace, cgroup);
  }

  private static PodChoice pod(String text) {
    try {
      return PodChoice.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--pod " + e.getMessage(), e);
    }
  }

  private static Path namespace(String name) throws IOException {
    Path path = path(name);
    requireThere(path);
    return path;
  }

  private static Path path(String name) {
    return name.contains("/") ? Path.of(name) : NAMED.resolve(name);
  }

  private static void requireThere(Path namespace) throws IOException {
    if (!Files.exists(namespace)) {
      throw new IOException(
          "network namespace " + namespace + ": there is none; see 'ip netns', or give a path");
    }
  }

  private static Path process(String pid) throws IOException {
    if (!pid.matches("[1-9]\\d{0,9}")) {
      throw new IllegalArgumentException("--pid '" + pid + "'; expected the number of a process");
    }
    Path process = PROC.resolve(pid);
    if (!Files.exists(process)) {
      throw new IOException("process " + pid + ": there is none; it may have ended");
    }
    return process;
  }

  /** What {@link #to} stands for, one at least; the first is what is dialled. */
  List<InetSocketAddress> destinations() throws IOException {
    Optional<InetSocketAddress> literal = AddressPort.parse(to);
    if (literal.isPresent() && literal.get().getPort() > 0) {
      return List.of(literal.get());
    }
    int colon = to.lastIndexOf(':');
    String name = colon < 0 ? "" : to.substring(0, colon);
    String port = to.substring(colon + 1);
    if (!name.matches("([a-z0-9-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
        || name.matches("[0-9.]*")
        || !port.matches("[1-9]\\d{0,4}")
        || Integer.parseInt(port) > HIGHEST_PORT) {
      throw new IllegalArgumentException(
          "--to '" + to + "'; expected NAME:PORT, ADDRESS:PORT, or [ADDRESS]:PORT for IPv6");
    }
    List<InetSocketAddress> service = services.find(name, Integer.parseInt(port), protocol.name());
    if (!service.isEmpty()) {
      return service;
    }
    try {
      return Arrays.stream(InetAddress.getAllByName(name))
          .map(ip -> new InetSocketAddress(ip, Integer.parseInt(port)))
          .toList();
    } catch (UnknownHostException e) {
      throw new IOException(
          "looking up '" + name + "' of --to: no address is known by that name", e);
    }
  }

  private Optional<SocketOwner> owner() {
    if (client.user().isEmpty() && client.group().isEmpty()) {
      return Optional.empty();
    }
    long user = id("--uid", client.user().or(client::group).orElse("0"));
    long group = id("--gid", client.group().or(client::user).orElse("0"));
    return Optional.of(new SocketOwner(user, group));
  }

  private static long id(String option, String text) {
    if (text.matches("\\d{1,10}") && Long.parseLong(text) <= HIGHEST_ID) {
      return Long.parseLong(text);
    }
    throw new IllegalArgumentException(option + " '" + text + "'; expected 0 to " + HIGHEST_ID);
  }
}
