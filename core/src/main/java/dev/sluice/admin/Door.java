// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.PeerCredentials;
import dev.sluice.linux.socket.UnixStreams;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Who may come in at a listener, and ask. Immutable. */
sealed interface Door {
  /** Anybody: what is told there is no secret, and nothing can be changed. */
  record Open() implements Door {}

  /**
   * Processes of this host: the client's address is loopback, and not the one that the proxy itself
   * dials the application from. What a web page has its browser ask is refused: {@link WebPage}.
   *
   * @param orders whether they may change something, and not only look
   */
  record Loopback(InetAddress proxied, boolean orders) implements Door {
    private Optional<String> objectionTo(HttpRequest request) {
      boolean looks = request.method().equals("GET") || request.method().equals("HEAD");
      return orders || looks
          ? WebPage.objection(request)
          : Optional.of(
              request.method()
                  + " "
                  + request.path()
                  + " at a port that every user of the node reaches; expected it at admin.sock, as"
                  + " sluice ctl asks");
    }
  }

  /**
   * Root, the proxy's own user, and members of a group.
   *
   * @param own the proxy's user
   */
  record Known(long own, long group) implements Door {
    /** Why whoever is at the other end may not; empty if they may. */
    Optional<String> objectionTo(int descriptor) {
      try {
        PeerCredentials peer = UnixStreams.peer(descriptor);
        boolean welcome = peer.user() == 0 || peer.user() == own || peer.isMemberOf(group);
        return welcome
            ? Optional.empty()
            : Optional.of(
                "process "
                    + peer.process()
                    + " of user "
                    + peer.user()
                    + " and group "
                    + peer.group()
                    + "; expected user 0 or "
                    + own
                    + ", or group "
                    + group);
      } catch (SyscallException e) {
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }
  }

  /** Why somebody who has connected may not; empty if they may. */
  default Optional<String> objection(int descriptor, InetSocketAddress client) {
    return switch (this) {
      case Open _ -> Optional.empty();
      case Loopback loopback -> {
        InetAddress address = client.getAddress();
        boolean near = address.isLoopbackAddress() && !address.equals(loopback.proxied());
        yield near
            ? Optional.empty()
            : Optional.of(
                "a client at " + address.getHostAddress() + "; expected one of this host");
      }
      case Known known -> known.objectionTo(descriptor);
    };
  }

  /** Why a request may not be answered; empty if it may. */
  default Optional<String> objection(HttpRequest request) {
    return this instanceof Loopback near ? near.objectionTo(request) : Optional.empty();
  }
}
