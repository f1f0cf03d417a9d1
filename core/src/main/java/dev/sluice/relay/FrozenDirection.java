// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.socket.SplicePipe;

/**
 * One direction of a {@link FrozenConnection}. Immutable.
 *
 * @param totals what it has moved so far
 * @param end whether its end of stream has come
 * @param mistrusting whether only the kernel's own word counts for the end
 * @param waiting what was read, and the other side has not taken
 */
public record FrozenDirection(Totals totals, End end, boolean mistrusting, Waiting waiting) {
  /** Bytes read from one socket, written to the other, and how many of these were spliced. */
  public record Totals(long read, long written, long spliced) {}

  /** How far a direction is with its end of stream. */
  public enum End {
    /** None was read. */
    OPEN,
    /** One was read, and what came before it waits. */
    READ,
    /** It was passed on to the other side. */
    PASSED_ON
  }

  /** Bytes that are in no socket. */
  public sealed interface Waiting {}

  /** There are none. */
  public record Nothing() implements Waiting {}

  /** In the memory of the process: {@code length} bytes from {@code offset}. */
  public record InBuffer(NativeBuffer buffer, int offset, int length) implements Waiting {}

  /**
   * The same in a file that came from the process before: {@code length} bytes at {@code place}.
   */
  public record InFile(MemoryFile file, long place, int length) implements Waiting {}

  /** {@code length} bytes in a pipe. */
  public record InPipe(SplicePipe pipe, int length) implements Waiting {}
}
