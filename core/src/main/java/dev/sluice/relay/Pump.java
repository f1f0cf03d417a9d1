// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.linux.Errno;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.SplicePipe;
import dev.sluice.loop.LoopDescriptor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a relay: reads from one socket and writes to the other. Event-loop confined.
 *
 * <p>It copies through a buffer of the loop, which is best for small messages. A direction that
 * fills the buffer again and again moves to a pipe and {@code splice(2)}, which copies nothing but
 * costs a call more for each message; when it becomes quiet, it gives the pipe back. What was read
 * and not yet taken by the other side is held, in the buffer or in the pipe; then it doesn't read.
 * Where the workload may hold no more, what the other side doesn't take stays in the socket that it
 * came by, at the cost of a call and a copy more. It allocates nothing. Edges are remembered in
 * {@code readable} and {@code writable}.
 */
final class Pump {
  /** Full reads, less the others, after which a direction is worth a pipe. */
  private static final int BUSY = 8;

  /** A direction that moved less than this between two ticks gives its pipe back. */
  private static final long QUIET_BYTES = 256 * 1024;

  private static final int AGAIN = -Errno.EAGAIN.number();

  private final Holdings holdings;
  private final LoopDescriptor from;
  private final LoopDescriptor to;
  private @Nullable NativeBuffer held;
  private int heldOffset;
  private @Nullable SplicePipe pipe;
  private int waiting;
  private int fullReads;
  private boolean readable;
  private boolean writable = true;
  private boolean ending;
  private boolean mistrusting;
  private boolean endRead;
  private boolean finished;
  private boolean passedEndOn;
  private boolean failedReading;
  private long bytesRead;
  private long bytesWritten;
  private long bytesSpliced;
  private long readAtLastTick;

  Pump(Holdings holdings, LoopDescriptor from, LoopDescriptor to) {
    this.holdings = holdings;
    this.from = from;
    this.to = to;
  }

  /**
   * Goes on from where a direction of another process stood; before anything else is called.
   *
   * @throws SyscallException if what waits can't be had
   */
  void resume(FrozenDirection frozen) throws SyscallException {
    bytesRead = frozen.totals().read();
    bytesWritten = frozen.totals().written();
    bytesSpliced = frozen.totals().spliced();
    readAtLastTick = bytesRead;
    mistrusting = frozen.mistrusting();
    endRead = frozen.end() != FrozenDirection.End.OPEN;
    finished = frozen.end() == FrozenDirection.End.PASSED_ON;
    passedEndOn = finished;
    switch (frozen.waiting()) {
      case FrozenDirection.Nothing _ -> {}
      case FrozenDirection.InBuffer there -> {
        held = holdings.keep(there.buffer());
        heldOffset = there.offset();
        waiting = there.length();
      }
      case FrozenDirection.InFile there -> {
        NativeBuffer buffer = holdings.keep(holdings.worker().buffers().take());
        held = buffer;
        there.file().read(there.place(), buffer, there.length());
        waiting = there.length();
      }
      case FrozenDirection.InPipe there -> {
        pipe = holdings.adopt(there.pipe());
        waiting = there.length();
      }
    }
  }

  /** Where it stands, between two turns. */
  FrozenDirection frozen() {
    FrozenDirection.End end =
        passedEndOn
            ? FrozenDirection.End.PASSED_ON
            : endRead ? FrozenDirection.End.READ : FrozenDirection.End.OPEN;
    return new FrozenDirection(
        new FrozenDirection.Totals(bytesRead, bytesWritten, bytesSpliced),
        end,
        mistrusting,
        frozenWaiting());
  }

  private FrozenDirection.Waiting frozenWaiting() {
    if (waiting == 0) {
      return new FrozenDirection.Nothing();
    }
    if (held != null) {
      return new FrozenDirection.InBuffer(held, heldOffset, waiting);
    }
    return new FrozenDirection.InPipe(
        Objects.requireNonNull(pipe, "what waits is in a buffer or in a pipe"), waiting);
  }

  /** There is something to read, if only an end or an error. */
  void becameReadable() {
    readable = true;
  }

  /** The end of stream has arrived, so that a short read is followed by nothing but that. */
  void becameEnding() {
    readable = true;
    ending = true;
  }

  /**
   * From now on only the kernel's own word counts for the end of what can be read: an error waits
   * behind the data, or urgent data are among them. Reads stop short before urgent data, and splice
   * takes them for the end.
   */
  void becameMistrusting() {
    readable = true;
    mistrusting = true;
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
    int error = writeWaiting();
    if (error != 0 || waiting > 0) {
      return error;
    }
    if (mistrusting) {
      releasePipe();
    }
    SplicePipe through = pipe;
    if (through != null) {
      error = splice(through, turns);
    } else {
      error = holdings.mayKeepBuffer() ? copy(turns) : pass(turns);
    }
    finished = error == 0 && endRead && waiting == 0;
    return error;
  }

  private int copy(int turns) {
    NativeBuffer buffer = holdings.worker().buffers().take();
    int error = 0;
    for (int i = 0; i < turns && error == 0 && readable && !endRead && waiting == 0; i++) {
      error = readAndWrite(buffer);
    }
    if (waiting > 0) {
      held = holdings.keep(buffer);
    } else {
      holdings.worker().buffers().giveBack(buffer);
      if (fullReads >= BUSY && !mistrusting) {
        fullReads = 0;
        pipe = holdings.takePipe();
      }
    }
    return error;
  }

  /** Holds nothing: what the other side doesn't take at once stays where it is. */
  private int pass(int turns) {
    NativeBuffer buffer = holdings.worker().buffers().take();
    int error = 0;
    for (int i = 0; i < turns && error == 0 && readable && !endRead && writable; i++) {
      error = peekAndWrite(buffer);
    }
    holdings.worker().buffers().giveBack(buffer);
    return error;
  }

  private int peekAndWrite(NativeBuffer buffer) {
    int count = Sockets.peek(from.number(), buffer.address(), buffer.capacity());
    if (count <= 0) {
      return nothingRead(count);
    }
    waiting = count;
    int error = write(buffer, 0);
    int left = waiting;
    waiting = 0;
    if (error == 0) {
      error = discard(count - left);
    }
    readable = left > 0 || count == buffer.capacity() || mistrusting;
    endRead = !readable && ending;
    return error;
  }

  /** What was written; it is there, since it was seen. */
  private int discard(int written) {
    int left = written;
    while (left > 0) {
      int count = Sockets.discard(from.number(), left);
      if (count <= 0) {
        failedReading = true;
        return count == 0 ? Errno.ECONNRESET.number() : -count;
      }
      left -= count;
    }
    bytesRead += written;
    return 0;
  }

  private int readAndWrite(NativeBuffer buffer) {
    int count = Sockets.read(from.number(), buffer.address(), buffer.capacity());
    if (count <= 0) {
      return nothingRead(count);
    }
    bytesRead += count;
    boolean full = count == buffer.capacity();
    fullReads = full ? fullReads + 1 : Math.max(0, fullReads - 1);
    // A short read has emptied the socket: the next bytes come with an edge of their own.
    readable = full || mistrusting;
    endRead = !readable && ending;
    waiting = count;
    return write(buffer, 0);
  }

  private int nothingRead(int result) {
    if (result == 0) {
      endRead = true;
      return 0;
    }
    if (result == AGAIN) {
      readable = false;
      return 0;
    }
    failedReading = true;
    return -result;
  }

  /** Writes the {@code waiting} bytes of {@code buffer} from {@code offset}. */
  private int write(NativeBuffer buffer, int offset) {
    int count = Sockets.write(to.number(), buffer.address() + offset, waiting);
    if (count < 0 && count != AGAIN) {
      failedReading = false;
      return -count;
    }
    int written = Math.max(0, count);
    bytesWritten += written;
    waiting -= written;
    if (waiting > 0) {
      // Less than asked for: the send buffer is full, and an edge tells when it isn't.
      writable = false;
      heldOffset = offset + written;
    }
    return 0;
  }

  private int splice(SplicePipe through, int turns) {
    int error = 0;
    for (int i = 0; i < turns && error == 0 && readable && !endRead && waiting == 0; i++) {
      int count = through.fill(from.number());
      if (count == 0) {
        // An end, or urgent data: reading tells.
        releasePipe();
        return copy(turns - i);
      }
      if (count < 0) {
        error = nothingRead(count);
      } else {
        bytesRead += count;
        waiting = count;
        error = drain(through);
      }
    }
    return error;
  }

  private int drain(SplicePipe through) {
    while (waiting > 0) {
      int count = through.drain(to.number(), waiting);
      if (count == AGAIN) {
        writable = false;
        return 0;
      }
      if (count < 0) {
        failedReading = false;
        return -count;
      }
      waiting -= count;
      bytesWritten += count;
      bytesSpliced += count;
    }
    return 0;
  }

  private int writeWaiting() {
    if (waiting == 0 || !writable) {
      return 0;
    }
    if (held == null) {
      return pipe == null ? 0 : drain(pipe);
    }
    int error = write(held, heldOffset);
    if (waiting == 0) {
      holdings.giveBack(held);
      held = null;
    }
    return error;
  }

  /** Passes the end of stream on if it is time, once; a socket that is already gone needs none. */
  void passEndOn() {
    if (finished && !passedEndOn) {
      passedEndOn = true;
      Sockets.shutdownWrite(to.number());
    }
  }

  /** Whether it has a pipe, and wants to be told the time. */
  boolean hasPipe() {
    return pipe != null;
  }

  /**
   * Called a few times a second while it has a pipe: a direction that has become quiet needs no
   * pipe.
   */
  void tick() {
    if (pipe != null && waiting == 0 && bytesRead - readAtLastTick < QUIET_BYTES) {
      release();
    }
    readAtLastTick = bytesRead;
  }

  /** Gives buffer and pipe back. */
  void release() {
    if (held != null) {
      holdings.giveBack(held);
      held = null;
    }
    releasePipe();
  }

  private void releasePipe() {
    if (pipe != null) {
      holdings.giveBack(pipe, waiting == 0);
      pipe = null;
    }
  }

  /** Whether the next {@link #move} reads, if there is something: else an error goes unnoticed. */
  boolean willRead() {
    return waiting == 0 && !endRead && writable;
  }

  /** Whether another {@link #move} would find something to do now. */
  boolean hasMore() {
    return !finished && waiting == 0 && readable && writable;
  }

  /** Whether all was moved up to the end of the stream. */
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

  long bytesSpliced() {
    return bytesSpliced;
  }
}
