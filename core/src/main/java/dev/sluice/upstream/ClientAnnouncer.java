// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.linux.SyscallException;
import dev.sluice.net.ClientAddress;

/** Tells the kernel whom a connection to the application stands for. Thread-safe. */
@FunctionalInterface
public interface ClientAnnouncer {
  /**
   * Announces {@code client} on a socket that isn't connected yet. The announcement goes with the
   * socket, whatever becomes of it.
   *
   * @param descriptor stays the caller's
   * @throws SyscallException if the kernel refuses: nothing is announced
   */
  void announce(int descriptor, ClientAddress client) throws SyscallException;

  /** For modes in which nobody is announced. */
  static ClientAnnouncer none() {
    return (_, client) -> {
      throw new IllegalStateException(
          "announcing " + client + " to the application: this interception mode has no way to");
    };
  }
}
