// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netlink.SocketDiagnostics;
import dev.sluice.linux.netlink.SocketEntry;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.netns.NamespaceSearch;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.TcpState;
import dev.sluice.socketlb.SocketHolder;
import dev.sluice.socketlb.SocketHolders;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The TCP sockets with one of some addresses at either end, in every network namespace of this
 * machine that a process or a mount leads to. Stateless.
 */
final class SocketCensus {
  private SocketCensus() {}

  /** Looks once. Namespaces that go away meanwhile are left out. */
  static List<SeenSocket> of(Set<InetSocketAddress> ends) throws IOException {
    Map<Long, NetworkNamespace> namespaces = NamespaceSearch.open(NamespaceSearch.inodes());
    List<SeenSocket> found = new ArrayList<>();
    try {
      for (NetworkNamespace namespace : namespaces.values()) {
        String name = namespace.toString().replaceFirst(" \\(net:.*", "");
        Place place = new Place(OpenedPlace.name(Path.of(name)), namespace.inode());
        OpenedPlace open = new OpenedPlace(Optional.empty(), namespace, place);
        for (SocketEntry socket : list(open, SocketProtocol.TCP)) {
          if (ends.contains(socket.id().remote()) || ends.contains(socket.id().local())) {
            found.add(new SeenSocket(place, socket, Optional.empty(), System.nanoTime()));
          }
        }
      }
    } finally {
      for (NetworkNamespace namespace : namespaces.values()) {
        namespace.close();
      }
    }
    return withHolders(found);
  }

  /** Those who listen for connections in one namespace. */
  static Set<Holder> listening(Place place) throws IOException {
    Set<Holder> holders = new HashSet<>();
    for (SeenSocket seen :
        in(place, SocketProtocol.TCP, socket -> socket.state() == TcpState.LISTEN)) {
      seen.holder().ifPresent(holders::add);
    }
    return holders;
  }

  /** The sockets of one namespace that take datagrams to {@code destination}. */
  static List<SeenSocket> bound(Place place, InetSocketAddress destination) throws IOException {
    return in(place, SocketProtocol.UDP, socket -> takes(socket, destination));
  }

  /** A connected one takes datagrams from its peer alone, and this comes from a new port. */
  private static boolean takes(SocketEntry socket, InetSocketAddress destination) {
    InetSocketAddress local = socket.id().local();
    return socket.id().remote().getPort() == 0
        && local.getPort() == destination.getPort()
        && (local.getAddress().equals(destination.getAddress())
            || local.getAddress().isAnyLocalAddress());
  }

  private static List<SeenSocket> in(
      Place place, SocketProtocol protocol, Predicate<SocketEntry> wanted) throws IOException {
    Map<Long, NetworkNamespace> namespaces = NamespaceSearch.open(Set.of(place.inode()));
    List<SeenSocket> found = new ArrayList<>();
    try {
      for (NetworkNamespace namespace : namespaces.values()) {
        OpenedPlace open = new OpenedPlace(Optional.empty(), namespace, place);
        for (SocketEntry socket : list(open, protocol)) {
          if (wanted.test(socket)) {
            found.add(new SeenSocket(place, socket, Optional.empty(), System.nanoTime()));
          }
        }
      }
    } finally {
      for (NetworkNamespace namespace : namespaces.values()) {
        namespace.close();
      }
    }
    return withHolders(found);
  }

  private static List<SocketEntry> list(OpenedPlace place, SocketProtocol protocol)
      throws IOException {
    try (SocketDiagnostics sockets = place.call(SocketDiagnostics::open)) {
      List<SocketEntry> entries = new ArrayList<>();
      for (AddressFamily family : AddressFamily.values()) {
        entries.addAll(sockets.list(protocol, family));
      }
      return entries;
    }
  }

  private static List<SeenSocket> withHolders(List<SeenSocket> sockets) throws IOException {
    Set<Long> inodes = new HashSet<>();
    sockets.forEach(seen -> inodes.add(seen.socket().inode()));
    inodes.remove(0L);
    Map<Long, List<SocketHolder>> holders = new HashMap<>(SocketHolders.find(inodes));
    return sockets.stream()
        .map(
            seen ->
                new SeenSocket(
                    seen.place(),
                    seen.socket(),
                    holders.getOrDefault(seen.socket().inode(), List.of()).stream()
                        .findFirst()
                        .map(holder -> new Holder(holder.pid(), holder.command())),
                    seen.readAtNanos()))
        .toList();
  }
}
