// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.netlink.DestroyOutcome;
import dev.sluice.linux.netlink.SocketDiagnostics;
import dev.sluice.linux.netlink.SocketEntry;
import dev.sluice.linux.netlink.SocketId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  private List<SocketTableEntry> endVisible(List<SocketTableEntry> sockets) {
    List<SocketTableEntry> hidden = new ArrayList<>();
    for (SocketTableEntry socket : sockets) {
      try {
        Optional<StaleSocketFate> fate = end(socket);
        fate.ifPresentOrElse(known -> fates.put(socket, known), () -> hidden.add(socket));
      } catch (IOException e) {
        fates.put(socket, new StaleSocketFate.Survived(String.valueOf(e.getMessage())));
      }
    }
    return hidden;
  }

  /** Empty if the socket is there and the kernel finds another one in its place. */
  private Optional<StaleSocketFate> end(SocketTableEntry socket) throws IOException {
    Optional<SocketEntry> now = diagnostics.find(socket.id());
    if (now.isEmpty()) {
      return isListed(socket.id())
          ? Optional.empty()
          : Optional.of(new StaleSocketFate.AlreadyGone());
    }
    // A UDP socket that was disconnected meanwhile is found with any peer.
    SocketId present = now.get().id();
    if (!present.remote().equals(socket.translation().backend())) {
      return Optional.of(new StaleSocketFate.AlreadyGone());
    }
    return Optional.of(
        diagnostics.destroy(present) == DestroyOutcome.ENDED
            ? new StaleSocketFate.Ended()
            : new StaleSocketFate.AlreadyGone());
  }

  private boolean isListed(SocketId id) throws IOException {
    return diagnostics.list(id.protocol(), id.family()).stream()
        .map(SocketEntry::id)
        .anyMatch(listed -> listed.cookie() == id.cookie() && listed.remote().equals(id.remote()));
  }
}
