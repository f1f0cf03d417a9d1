// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import dev.sluice.linux.NativeBuffer;
import java.util.ArrayDeque;

/**
 * Off-heap buffers of one size for one event loop. A relay reads into the current buffer; only when
 * the other side takes less than was read does the relay keep that buffer, so an idle connection
 * holds none. Event-loop confined. Owns the buffers that are in it; whoever takes one gives it
 * back.
 */
public final class BufferPool {
  /** One read: what the kernel hands over at once at 64 KiB costs the least for each byte. */
  public static final int BUFFER_BYTES = 64 * 1024;

  /** Kept for the next slow reader; what is beyond goes back to the system. */
  private static final int MOST_SPARE = 16;

  private final ArrayDeque<NativeBuffer> spare = new ArrayDeque<>();
  private int taken;

  /** A buffer of {@link #BUFFER_BYTES}. */
  public NativeBuffer take() {
    taken++;
    NativeBuffer buffer = spare.pollLast();
    return buffer == null ? NativeBuffer.allocate(BUFFER_BYTES) : buffer;
  }

  /** Takes {@code buffer} back; the caller must not touch it again. */
  public void giveBack(NativeBuffer buffer) {
    taken--;
    if (spare.size() < MOST_SPARE) {
      spare.addLast(buffer);
    } else {
      buffer.close();
    }
  }

  /** How many buffers are out: 0 when no connection waits for a slow reader. */
  public int taken() {
    return taken;
  }

  /** Frees the spare buffers. */
  void close() {
    spare.forEach(NativeBuffer::close);
    spare.clear();
  }
}
