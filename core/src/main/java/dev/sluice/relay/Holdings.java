// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.socket.SplicePipe;
import dev.sluice.loop.BufferPool;
import dev.sluice.loop.HeldMemory;
import dev.sluice.loop.PipePool;
import dev.sluice.loop.Worker;
import org.jspecify.annotations.Nullable;

/**
 * What the two directions of a connection keep between two turns, of their loop's buffers and
 * pipes: each counts against what the workload may hold. Event-loop confined.
 */
record Holdings(Worker worker, HeldMemory memory) {
  /** Whether a buffer may be kept, should the other side not take all that is in it. */
  boolean mayKeepBuffer() {
    return memory.hasRoom(BufferPool.BUFFER_BYTES);
  }

  /** {@code buffer} is kept, until {@link #giveBack}. */
  NativeBuffer keep(NativeBuffer buffer) {
    memory.take(BufferPool.BUFFER_BYTES);
    return buffer;
  }

  /** {@code buffer}, which was kept, is the loop's again. */
  void giveBack(NativeBuffer buffer) {
    worker.buffers().giveBack(buffer);
    memory.giveBack(BufferPool.BUFFER_BYTES);
  }

  /** An empty pipe, until {@link #giveBack}; null if there is none, or no room for it. */
  @Nullable SplicePipe takePipe() {
    if (!memory.hasRoom(PipePool.PIPE_BYTES)) {
      return null;
    }
    SplicePipe pipe = worker.pipes().take(worker.tick());
    if (pipe != null) {
      memory.take(PipePool.PIPE_BYTES);
    }
    return pipe;
  }

  /** {@code pipe} came from another process, and is kept until {@link #giveBack}. */
  SplicePipe adopt(SplicePipe pipe) {
    worker.pipes().adopt();
    memory.take(PipePool.PIPE_BYTES);
    return pipe;
  }

  /** {@code pipe} is not needed any more, nor what may be left in it. */
  void giveBack(SplicePipe pipe, boolean empty) {
    if (empty) {
      worker.pipes().giveBack(pipe);
    } else {
      worker.pipes().discard(pipe);
    }
    memory.giveBack(PipePool.PIPE_BYTES);
  }
}
