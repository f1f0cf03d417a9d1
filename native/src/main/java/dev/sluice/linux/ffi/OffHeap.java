// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * malloc(3) and free(3), and copies by address. Nothing here checks addresses: {@link
 * dev.sluice.linux.NativeBuffer} does. Thread-safe.
 */
public final class OffHeap {
  // Addresses travel as longs: a pointer is one on both architectures, and nothing is wrapped.
  private static final CFunction MALLOC = CFunction.named("malloc");
  private static final CFunction FREE = CFunction.named("free");
  private static final MemorySegment MEMORY = everything();

  private OffHeap() {}

  /**
   * The address of {@code bytes} bytes of undefined content.
   *
   * @throws OutOfMemoryError if there are none
   */
  public static long allocate(long bytes) {
    long address = MALLOC.word(Scratch.current(), bytes, 0, 0, 0, 0, 0);
    if (address == 0) {
      throw new OutOfMemoryError("allocating " + bytes + " bytes outside the heap: none left");
    }
    return address;
  }

  /** Frees what {@link #allocate} returned, once. */
  public static void free(long address) {
    FREE.word(Scratch.current(), address, 0, 0, 0, 0, 0);
  }

  /** Copies all of {@code bytes} to {@code address}. */
  public static void copyIn(byte[] bytes, long address) {
    MemorySegment.copy(bytes, 0, MEMORY, ValueLayout.JAVA_BYTE, address, bytes.length);
  }

  /** A copy of {@code length} bytes at {@code address}. */
  public static byte[] copyOut(long address, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, address, bytes, 0, length);
    return bytes;
  }

  @SuppressWarnings("restricted") // Callers have checked the address against their allocation.
  private static MemorySegment everything() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }
}
