// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import java.net.InetSocketAddress;
import java.util.OptionalInt;

/**
 * Finds the original destination of an accepted connection. Thread-safe.
 *
 * <p>REDIRECT rewrites the destination in conntrack, so the kernel has to be asked with {@code
 * SO_ORIGINAL_DST}; TPROXY leaves the packet alone, so the accepted socket's own address is it.
 */
public final class OriginalDestinations {
  private final OptionalInt transparentPort;
  private final LoopGuard loopGuard;

  private OriginalDestinations(OptionalInt transparentPort, LoopGuard loopGuard) {
    this.transparentPort = transparentPort;
    this.loopGuard = loopGuard;
  }

  /** For a listener that nat REDIRECT leads to. */
  public static OriginalDestinations byConntrack(LoopGuard loopGuard) {
    return new OriginalDestinations(OptionalInt.empty(), loopGuard);
  }

  /** For a transparent listener on {@code port} that TPROXY leads to. */
  public static OriginalDestinations byLocalAddress(int port, LoopGuard loopGuard) {
    return new OriginalDestinations(OptionalInt.of(port), loopGuard);
  }

  /**
   * Asks the kernel, and refuses what would loop.
   *
   * @param descriptor an accepted socket; it stays the caller's
   */
  public Interception find(int descriptor, AddressFamily family, ClientAddress client) {
    try {
      return loopGuard.check(client, new OriginalDestination(ask(descriptor, family)));
    } catch (SyscallException e) {
      return new Interception.Unknown(String.valueOf(e.getMessage()));
    }
  }

  private InetSocketAddress ask(int descriptor, AddressFamily family) throws SyscallException {
    if (transparentPort.isPresent()) {
      InetSocketAddress local = Sockets.localAddress(descriptor);
      // The proxy's own calls to its own pod come to this listener by REDIRECT even under the
      // TPROXY
      // program: then the local address is the listener, and conntrack knows better.
      if (local.getPort() != transparentPort.getAsInt()) {
        return local;
      }
    }
    return askConntrack(descriptor, family);
  }

  private static InetSocketAddress askConntrack(int descriptor, AddressFamily family)
      throws SyscallException {
    try {
      return SocketOptions.originalDestination(descriptor, family);
    } catch (SyscallException e) {
      // No entry, or no conntrack in this namespace at all: nobody rewrote the destination, so what
      // the client dialled is where it arrived. The loop guard then sees that this is ourselves.
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOPROTOOPT)) {
        return Sockets.localAddress(descriptor);
      }
      throw e;
    }
  }
}
