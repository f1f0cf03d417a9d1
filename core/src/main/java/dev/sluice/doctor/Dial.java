// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.intercept.Interception;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.intercept.LoopGuard;
import dev.sluice.intercept.OriginalDestinations;
import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * One live connection, with a listener in the place of the proxy. Works in the network namespace of
 * the calling thread, on which it is confined; leaves nothing open.
 *
 * @param port where the proxy listens
 * @param proxy who listens there
 * @param client who dials
 * @param exempt the mark of connections that need no proxy; 0 for none
 * @param places in which cgroups
 */
record Dial(
    InetSocketAddress destination,
    int port,
    SocketOwner proxy,
    SocketOwner client,
    int exempt,
    Places places) {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final long PAUSE_NANOS = 2_000_000L;

  /**
   * The cgroups that sockets are made in.
   *
   * @param root of the tree
   * @param client of the client; empty for that of this process
   * @param proxy of the listener; empty for that of this process
   */
  record Places(Path root, Optional<Path> client, Optional<Path> proxy) {}

  Sight.Outcome make() {
    AddressFamily family = AddressFamily.of(destination.getAddress());
    int listener = -1;
    int socket = -1;
    try {
      listener = CgroupStay.in(places.proxy(), places.root(), () -> listen(family));
      socket = CgroupStay.in(places.client(), places.root(), () -> connect(family));
      return await(listener, socket, family);
    } catch (SyscallException e) {
      return isOurTrouble(e)
          ? new Sight.Outcome.Untried(String.valueOf(e.getMessage()))
          : new Sight.Outcome.Unseen(String.valueOf(e.getMessage()));
    } catch (Exception e) {
      return new Sight.Outcome.Untried(String.valueOf(e));
    } finally {
      close(socket);
      close(listener);
    }
  }

  /** No way out of here, or not the right to be that client: it says nothing of the proxy. */
  private static boolean isOurTrouble(SyscallException e) {
    return !e.call().equals("connect")
        || e.is(Errno.ENETUNREACH)
        || e.is(Errno.EHOSTUNREACH)
        || e.is(Errno.EADDRNOTAVAIL);
  }

  private static void close(int descriptor) {
    if (descriptor >= 0) {
      Sockets.close(descriptor);
    }
  }

  private int listen(AddressFamily family) throws SyscallException {
    int socket = proxy.openStream(family);
    try {
      if (family == AddressFamily.INET6) {
        SocketOptions.setIpv6Only(socket, true);
      }
      SocketOptions.setReuseAddress(socket, true);
      // What TPROXY steers arrives at a transparent listener only.
      SocketOptions.setIpTransparent(socket, family, true);
      String any = family == AddressFamily.INET ? "0.0.0.0" : "::";
      Sockets.bind(socket, family, new InetSocketAddress(InetAddress.ofLiteral(any), port));
      Sockets.listen(socket, 1);
      return socket;
    } catch (SyscallException e) {
      close(socket);
      throw e;
    }
  }

  private int connect(AddressFamily family) throws SyscallException {
    int socket = client.openStream(family);
    int result = Sockets.connect(socket, family, destination);
    if (result < 0 && !Errno.EINPROGRESS.returnedBy(result)) {
      close(socket);
      throw new SyscallException("connect", -result, "to " + destination);
    }
    return socket;
  }

  private Sight.Outcome await(int listener, int socket, AddressFamily family)
      throws SyscallException {
    PeerAddress peer = new PeerAddress();
    InetSocketAddress own = Sockets.localAddress(socket);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      int accepted = Sockets.accept(listener, peer);
      if (accepted >= 0) {
        try {
          InetSocketAddress from = peer.toSocketAddress();
          // Somebody else's connection may come here too, while this listens.
          if (from.getPort() == own.getPort() || own.getAddress().isAnyLocalAddress()) {
            return seen(accepted, family, from);
          }
        } finally {
          Sockets.close(accepted);
        }
      }
      int error = Sockets.pendingError(socket);
      if (error > 0) {
        return lost(socket, Errno.describe(error));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return lost(socket, "nobody answered within " + PATIENCE.toMillis() + " ms");
  }

  private Sight.Outcome lost(int socket, String why) throws SyscallException {
    return exempt != 0 && SocketOptions.mark(socket) == exempt
        ? new Sight.Outcome.Untried("decided at connect, it needs no proxy")
        : new Sight.Outcome.Unseen(why);
  }

  /** As the proxy asks. */
  private Sight.Outcome seen(int accepted, AddressFamily family, InetSocketAddress from) {
    LoopGuard noGuard = new LoopGuard(new ListenerPorts(0, 0), new LocalAddresses());
    Interception found =
        OriginalDestinations.byLocalAddress(port, noGuard)
            .find(accepted, family, new ClientAddress(from));
    OriginalDestination original = found.originalDestination();
    return original == null
        ? new Sight.Outcome.Unseen("the kernel doesn't say what was dialled")
        : new Sight.Outcome.Seen(original.socketAddress(), port);
  }
}
