// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.linux.Errno;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.BufferPool;
import dev.sluice.loop.LoopDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a relay: reads from one socket and writes to the other. Event-loop confined.
 *
 * <p>It holds a buffer only while the other side takes less than was read; then it doesn't read. It
 * allocates nothing. Edges are remembered in {@code readable} and {@code writable}.
 */
final class Pump {
  private static final int AGAIN = -Errno.EAGAIN.number();

  private final BufferPool buffers;
  private final LoopDescriptor from;
  private final LoopDescriptor to;
  private @Nullable NativeBuffer held;
  private int heldOffset;
  private int heldLength;
  private boolean readable = true;
  private boolean writable = true;
  private boolean ending;
  private boolean endRead;
  private boolean finished;
  private boolean failedReading;
  private long bytesRead;
  private long bytesWritten;

  Pump(BufferPool buffers, LoopDescriptor from, LoopDescriptor to) {
    this.buffers = buffers;
    this.from = from;
    this.to = to;
  }

  /**
   * {@code atEnd}: an end of stream or an error comes after the data, so a short read isn't all.
   */
  void becameReadable(boolean atEnd) {
    readable = true;
    ending |= atEnd;
  }

  void becameWritable() {
    writable = true;
  }

  /**
   * Moves what can be moved, in at most {@code turns} reads.
   *
   * @return 0, or the errno that ends the connection
   */
  int move(int turns) {
    if (finished) {
      return 0;
    }
    if (held != null) {
      int error = writeHeld(held);
      if (error != 0 || held != null) {
        return error;
      }
    }
    NativeBuffer buffer = buffers.take();
    int error = 0;
    for (int i = 0; i < turns && error == 0 && readable && !endRead && held == null; i++) {
      error = readAndWrite(buffer);
    }
    if (held != buffer) {
      buffers.giveBack(buffer);
    }
    if (error == 0 && endRead && held == null) {
      finish();
    }
    return error;
  }

  private int readAndWrite(NativeBuffer buffer) {
    int count = Sockets.read(from.number(), buffer.address(), buffer.capacity());
    if (count > 0) {
      bytesRead += count;
      // A short read has emptied the socket: the next bytes come with an edge of their own.
      readable = ending || count == buffer.capacity();
      return write(buffer, 0, count);
    }
    if (count == 0) {
      endRead = true;
      return 0;
    }
    if (count == AGAIN) {
      readable = false;
      return 0;
    }
    failedReading = true;
    return -count;
  }

  private int write(NativeBuffer buffer, int offset, int length) {
    int done = 0;
    while (done < length) {
      int count = Sockets.write(to.number(), buffer.address() + offset + done, length - done);
      if (count < 0 && count != AGAIN) {
        failedReading = false;
        return -count;
      }
      if (count >= 0) {
        done += count;
        bytesWritten += count;
      }
      if (done < length && (count == AGAIN || count >= 0)) {
        // Less than asked for: the send buffer is full, and an edge tells when it isn't.
        writable = false;
        held = buffer;
        heldOffset = offset + done;
        heldLength = length - done;
        return 0;
      }
    }
    held = null;
    return 0;
  }

  private int writeHeld(NativeBuffer buffer) {
    if (!writable) {
      return 0;
    }
    int error = write(buffer, heldOffset, heldLength);
    if (held == null) {
      buffers.giveBack(buffer);
    }
    return error;
  }

  /** Passes the end of stream on; a socket that is already gone needs none. */
  private void finish() {
    finished = true;
    Sockets.shutdownWrite(to.number());
  }

  /** Gives the buffer back. Called once, at the end. */
  void release() {
    if (held != null) {
      buffers.giveBack(held);
      held = null;
    }
  }

  /** Whether the next {@link #move} reads, if there is something: else an error goes unnoticed. */
  boolean willRead() {
    return held == null && !endRead;
  }

  /** Whether another {@link #move} would find something to do now. */
  boolean hasMore() {
    return !finished && held == null && readable;
  }

  /** Whether the end of stream was passed on. */
  boolean isFinished() {
    return finished;
  }

  /** After an error: whether it came from reading. */
  boolean failedReading() {
    return failedReading;
  }

  long bytesRead() {
    return bytesRead;
  }

  long bytesWritten() {
    return bytesWritten;
  }
}
