// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;

/**
 * Room for one address that accept4(2) fills, reused from call to call. Confined to one thread; the
 * garbage collector frees it.
 */
public final class AddressStorage {
  private final MemorySegment address;
  private final MemorySegment length;

  /** Room for an address of either family. */
  public AddressStorage() {
    Arena arena = Arena.ofAuto();
    address = arena.allocate(SocketAddressLayout.STORAGE_BYTES, 8);
    length = arena.allocate(ValueLayout.JAVA_INT);
  }

  /**
   * The address of the last successful call.
   *
   * @throws IllegalStateException if there was none
   */
  public InetSocketAddress decode() {
    return SocketAddressLayout.decode(address);
  }

  MemorySegment address() {
    return address;
  }

  /** The in-and-out length, reset to the room there is. */
  MemorySegment length() {
    length.set(ValueLayout.JAVA_INT, 0, SocketAddressLayout.STORAGE_BYTES);
    return length;
  }
}
