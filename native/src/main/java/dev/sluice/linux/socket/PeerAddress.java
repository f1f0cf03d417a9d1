// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.ffi.AddressStorage;
import java.net.InetSocketAddress;

/**
 * Where {@link Sockets#accept} leaves the peer's address; one is reused for all accepts of a
 * thread. Confined to that thread; needs no closing.
 */
public final class PeerAddress {
  private final AddressStorage storage = new AddressStorage();

  /** Room for one address; nothing is accepted yet. */
  public PeerAddress() {}

  /**
   * The peer of the last successful accept. An IPv4 peer of an AF_INET6 listener is given as IPv4.
   *
   * @throws IllegalStateException if nothing was accepted yet
   */
  public InetSocketAddress toSocketAddress() {
    return storage.decode();
  }

  AddressStorage storage() {
    return storage;
  }
}
