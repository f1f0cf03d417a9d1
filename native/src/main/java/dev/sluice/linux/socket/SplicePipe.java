// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.PipeCalls;

/**
 * A pipe(7) that bytes go through from one socket to another without being copied to this process:
 * <a href="https://man7.org/linux/man-pages/man2/splice.2.html">splice(2)</a>, for sockets since
 * Linux 2.6.17.
 *
 * <p>Owns both its descriptors; {@link #close()} closes them and drops what is inside. Confined to
 * one thread at a time. The calls for the hot path return 0 or more, or {@code -errno}, and never
 * throw for what the kernel says.
 */
public final class SplicePipe implements AutoCloseable {
  private final FileDescriptor readEnd;
  private final FileDescriptor writeEnd;
  private final int capacity;

  private SplicePipe(FileDescriptor readEnd, FileDescriptor writeEnd, int capacity) {
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
    this.capacity = capacity;
  }

  /**
   * Makes a pipe.
   *
   * @param bytes the room to ask for. The kernel rounds it up to a power of two of pages; without
   *     CAP_SYS_RESOURCE it refuses more than {@code fs.pipe-max-size}, and whatever lies beyond
   *     the user's {@code fs.pipe-user-pages-soft}: then the pipe stays as small as it was made
   * @throws SyscallException EMFILE or ENFILE: no descriptor is left, or no pipe for this user
   */
  public static SplicePipe open(int bytes) throws SyscallException {
    int[] ends = new int[2];
    SyscallException.check(PipeCalls.open(ends), "pipe2", -1);
    FileDescriptor readEnd = FileDescriptor.owning(ends[0]);
    FileDescriptor writeEnd = FileDescriptor.owning(ends[1]);
    int resized = PipeCalls.resize(ends[1], bytes);
    int capacity = resized < 0 ? PipeCalls.size(ends[1]) : resized;
    return new SplicePipe(readEnd, writeEnd, capacity);
  }

  /** Takes over both ends of a pipe that another process made, with what is inside. */
  public static SplicePipe owning(FileDescriptor readEnd, FileDescriptor writeEnd) {
    return new SplicePipe(readEnd, writeEnd, Math.max(1, PipeCalls.size(writeEnd.number())));
  }

  /** The end to read from, to be handed over; it stays the pipe's. */
  public int readEnd() {
    return readEnd.number();
  }

  /** The end to write to, on the same terms. */
  public int writeEnd() {
    return writeEnd.number();
  }

  /** The room in bytes: what was asked for, more by rounding, or less when that was refused. */
  public int capacity() {
    return capacity;
  }

  /**
   * Takes from a socket what is there and fits.
   *
   * @return bytes taken, 0 at the end of the stream, or {@code -errno}. EAGAIN: the socket has
   *     nothing, or, if something is in it already, the pipe has no room. Fewer bytes than the
   *     capacity doesn't mean that the socket is empty, because small packets take a page each
   */
  public int fill(int socket) {
    return PipeCalls.splice(socket, writeEnd.number(), capacity);
  }

  /**
   * Gives up to {@code length} bytes to a socket. A socket whose peer is gone raises SIGPIPE, which
   * the JVM ignores.
   *
   * @return bytes given, or {@code -errno}: EAGAIN when the socket takes none, EPIPE, ECONNRESET
   */
  public int drain(int socket, int length) {
    return PipeCalls.splice(readEnd.number(), socket, length);
  }

  /** Closes both ends; idempotent. */
  @Override
  public void close() {
    try (writeEnd;
        readEnd) {
      // Nothing to do: whoever closes has no use for what is left inside.
    } catch (SyscallException e) {
      // Linux has freed the numbers all the same, and a pipe has nothing to report.
    }
  }
}
