// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.OffHeap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes outside the Java heap for {@link dev.sluice.linux.socket.Sockets#read} and {@code write}.
 * Whoever allocates it owns it and closes it once no call can still be using its address. The
 * content starts undefined. Confined to its owner's thread, except that a second {@link #close()}
 * from anywhere does no harm.
 */
public final class NativeBuffer implements AutoCloseable {
  private final AtomicLong address;
  private final int capacity;

  private NativeBuffer(long address, int capacity) {
    this.address = new AtomicLong(address);
    this.capacity = capacity;
  }

  /**
   * Allocates with malloc(3), which unlike a shared arena frees without stopping other threads.
   *
   * @param bytes 1 or more
   * @throws OutOfMemoryError if the process has no more memory
   */
  public static NativeBuffer allocate(int bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException(
          "allocating " + bytes + " bytes outside the heap: expected 1 or more");
    }
    return new NativeBuffer(OffHeap.allocate(bytes), bytes);
  }

  /**
   * Where it begins.
   *
   * @throws IllegalStateException if it is closed
   */
  public long address() {
    long current = address.get();
    if (current == 0) {
      throw new IllegalStateException(
          "using a buffer of " + capacity + " bytes outside the heap: it is closed");
    }
    return current;
  }

  /** Its size in bytes. */
  public int capacity() {
    return capacity;
  }

  /** Copies {@code bytes} to {@code offset}. */
  public void put(int offset, byte[] bytes) {
    OffHeap.copyIn(bytes, addressOf(offset, bytes.length));
  }

  /** A copy of {@code length} bytes from {@code offset}. */
  public byte[] get(int offset, int length) {
    return OffHeap.copyOut(addressOf(offset, length), length);
  }

  /** Frees it; idempotent. */
  @Override
  public void close() {
    long current = address.getAndSet(0);
    if (current != 0) {
      OffHeap.free(current);
    }
  }

  private long addressOf(int offset, int length) {
    if (offset < 0 || length < 0 || offset > capacity - length) {
      throw new IndexOutOfBoundsException(
          "bytes " + offset + " to " + ((long) offset + length) + " of a buffer of " + capacity);
    }
    return address() + offset;
  }
}
