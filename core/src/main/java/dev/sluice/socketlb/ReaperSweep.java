// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.netlink.DestroyOutcome;
import dev.sluice.linux.netlink.SocketDiagnostics;
import dev.sluice.linux.netlink.SocketEntry;
import dev.sluice.linux.netlink.SocketId;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.socket.AddressFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Ends stale sockets of one network namespace. Each is asked for again right before: what was
 * listed may have been closed, or connected to somebody else. Used once; confined to one thread.
 */
final class ReaperSweep {
  private final SocketDiagnostics diagnostics;
  private final Map<SocketTableEntry, StaleSocketFate> fates = new LinkedHashMap<>();

  /** {@code diagnostics} of the sockets' namespace; it stays the caller's. */
  ReaperSweep(SocketDiagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  /**
   * Ends them. The kernel finds a socket by its addresses, and where several have the same
   * (SO_REUSEPORT) it finds one of them; the others come into sight when that one has ended.
   *
   * @return what became of each
   */
  Map<SocketTableEntry, StaleSocketFate> end(List<SocketTableEntry> sockets) {
    List<SocketTableEntry> hidden = sockets;
    int before;
    do {
      before = hidden.size();
      hidden = endVisible(hidden);
    } while (!hidden.isEmpty() && hidden.size() < before);
    for (SocketTableEntry socket : hidden) {
      fates.put(
          socket,
          new StaleSocketFate.Survived(
              "another socket has the same addresses, and sock_diag finds only that one"));
    }
    return fates;
  }

  /** Ends those that the kernel finds, and gives back those that are there all the same. */
  private List<SocketTableEntry> endVisible(List<SocketTableEntry> sockets) {
    List<SocketTableEntry> notFound = new ArrayList<>();
    for (SocketTableEntry socket : sockets) {
      try {
        Optional<SocketEntry> now = diagnostics.find(socket.id());
        if (now.isPresent()) {
          fates.put(socket, end(socket, now.get().id()));
        } else {
          notFound.add(socket);
        }
      } catch (IOException e) {
        fates.put(socket, new StaleSocketFate.Survived(String.valueOf(e.getMessage())));
      }
    }
    return hiddenAmong(notFound);
  }

  private StaleSocketFate end(SocketTableEntry socket, SocketId present) throws IOException {
    // A UDP socket that was disconnected meanwhile is found with any peer.
    boolean isWithItsBackend = present.remote().equals(socket.translation().backend());
    return isWithItsBackend && diagnostics.destroy(present) == DestroyOutcome.ENDED
        ? new StaleSocketFate.Ended()
        : new StaleSocketFate.AlreadyGone();
  }

  /** One look at all sockets of a kind tells for all of them: there may be thousands. */
  private List<SocketTableEntry> hiddenAmong(List<SocketTableEntry> notFound) {
    List<SocketTableEntry> hidden = new ArrayList<>();
    Map<Kind, List<SocketTableEntry>> byKind =
        notFound.stream().collect(Collectors.groupingBy(socket -> Kind.of(socket.id())));
    byKind.forEach(
        (kind, sockets) -> {
          try {
            Map<Long, InetSocketAddress> peers = peersByCookie(kind);
            for (SocketTableEntry socket : sockets) {
              if (socket.id().remote().equals(peers.get(socket.id().cookie()))) {
                hidden.add(socket);
              } else {
                fates.put(socket, new StaleSocketFate.AlreadyGone());
              }
            }
          } catch (IOException e) {
            StaleSocketFate fate = new StaleSocketFate.Survived(String.valueOf(e.getMessage()));
            sockets.forEach(socket -> fates.put(socket, fate));
          }
        });
    return hidden;
  }

  private Map<Long, InetSocketAddress> peersByCookie(Kind kind) throws IOException {
    Map<Long, InetSocketAddress> peers = new HashMap<>();
    for (SocketEntry entry : diagnostics.list(kind.protocol(), kind.family())) {
      peers.put(entry.id().cookie(), entry.id().remote());
    }
    return peers;
  }

  /** What sock_diag lists at a time. */
  private record Kind(SocketProtocol protocol, AddressFamily family) {
    static Kind of(SocketId id) {
      return new Kind(id.protocol(), id.family());
    }
  }
}
