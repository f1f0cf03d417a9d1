// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netns;

import dev.sluice.linux.Errno;
import dev.sluice.linux.ffi.ProcessCalls;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.linux.socket.Sockets;

/**
 * Opens sockets in one network namespace from threads that live in another, such as event loops:
 * the calling platform thread enters, opens, and goes home before it does anything else. Two {@code
 * setns(2)} a socket. Needs CAP_SYS_ADMIN.
 *
 * <p>Thread-safe. Both namespaces stay the caller's, who closes them only when nobody uses this any
 * more: a number that was closed may be another namespace's by then.
 */
public final class NamespaceSockets implements SocketPlace {
  private final NetworkNamespace namespace;
  private final NetworkNamespace home;

  /** {@code home} is the namespace that the calling threads live in. */
  public NamespaceSockets(NetworkNamespace namespace, NetworkNamespace home) {
    this.namespace = namespace;
    this.home = home;
  }

  /**
   * {@inheritDoc} EPERM without CAP_SYS_ADMIN.
   *
   * @throws IllegalStateException if the thread can't go home; nothing stays open. It is harmless
   *     for whoever opens sockets through a place only: each enters its namespace anew
   */
  @Override
  public int tryOpenStream(AddressFamily family) {
    int entered = ProcessCalls.enterNetworkNamespace(namespace.descriptor().number());
    if (entered < 0) {
      return entered;
    }
    int opened = Sockets.tryOpenStream(family);
    int left = ProcessCalls.enterNetworkNamespace(home.descriptor().number());
    if (left < 0) {
      if (opened >= 0) {
        Sockets.close(opened);
      }
      throw new IllegalStateException(
          "going back from " + namespace + " to " + home + ": " + Errno.describe(-left));
    }
    return opened;
  }
}
