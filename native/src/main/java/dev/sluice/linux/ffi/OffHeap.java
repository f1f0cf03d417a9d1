// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * malloc(3) and free(3), and copies by address. Nothing here checks addresses: {@link
 * dev.sluice.linux.NativeBuffer} does. Thread-safe.
 */
public final class OffHeap {
  // Addresses travel as longs: a pointer is one on both architectures, and nothing is wrapped.
  private static final MethodHandle MALLOC =
      Downcalls.plain("malloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE =
      Downcalls.plain("free", FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final MemorySegment MEMORY = everything();

  private OffHeap() {}

  /**
   * The address of {@code bytes} bytes of undefined content.
   *
   * @throws OutOfMemoryError if there are none
   */
  public static long allocate(long bytes) {
    long address;
    try {
      address = (long) MALLOC.invokeExact(bytes);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
    if (address == 0) {
      throw new OutOfMemoryError("allocating " + bytes + " bytes outside the heap: none left");
    }
    return address;
  }

  /** Frees what {@link #allocate} returned, once. */
  public static void free(long address) {
    try {
      FREE.invokeExact(address);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
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
