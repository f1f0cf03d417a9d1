// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Messages with descriptors: <a
 * href="https://man7.org/linux/man-pages/man2/sendmsg.2.html">sendmsg(2)</a>, recvmsg(2), {@code
 * SCM_RIGHTS} of unix(7). None waits. Thread-safe.
 */
public final class MessageCalls {
  /** {@code SCM_MAX_FD}: what one message can carry. */
  public static final int MOST_DESCRIPTORS = 253;

  private static final int MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
  private static final int MSG_DONTWAIT_CMSG_CLOEXEC = 0x40 | 0x40000000;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_TRUNC = 0x20;
  private static final int SCM_RIGHTS = 1;

  // struct msghdr and struct cmsghdr with 64-bit pointers and sizes.
  private static final int VECTOR = 16;
  private static final int VECTOR_LENGTH = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int HEADER_BYTES = 56;
  private static final int CONTROL_HEADER_BYTES = 16;

  private static final CFunction SENDMSG = CFunction.named("sendmsg");
  private static final CFunction RECVMSG = CFunction.named("recvmsg");

  private MessageCalls() {}

  /**
   * What a message brought.
   *
   * @param result bytes received, 0 at the end, or {@code -errno}; EMSGSIZE if it was cut
   * @param bytes of the message; empty if there is none
   * @param descriptors that came with it, closed on exec; the caller owns them, even when {@code
   *     result} is EMSGSIZE
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on at once, and compared by nobody
  public record Received(int result, byte[] bytes, int[] descriptors) {
    static Received nothing(int result) {
      return new Received(result, new byte[0], new int[0]);
    }
  }

  /**
   * Sends one message, whole or not at all, with copies of {@code descriptors}.
   *
   * @return 0, or {@code -errno}: EAGAIN when the receiver's queue is full, ETOOMANYREFS when too
   *     many descriptors of this user are under way, EPIPE or ECONNRESET when the peer is gone
   */
  public static int send(int descriptor, byte[] bytes, int[] descriptors) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment content = arena.allocateFrom(JAVA_BYTE, bytes);
      MemorySegment message = message(arena, content);
      if (descriptors.length > 0) {
        MemorySegment control = control(arena, message, descriptors.length);
        control.set(JAVA_LONG, 0, CONTROL_HEADER_BYTES + (long) Integer.BYTES * descriptors.length);
        control.set(JAVA_INT, 8, SocketConstants.SOL_SOCKET);
        control.set(JAVA_INT, 12, SCM_RIGHTS);
        MemorySegment.copy(
            descriptors, 0, control, JAVA_INT, CONTROL_HEADER_BYTES, descriptors.length);
      }
      int result;
      do {
        result = SENDMSG.call(scratch, descriptor, message.address(), MSG_DONTWAIT_NOSIGNAL);
      } while (Errno.EINTR.returnedBy(result));
      return Math.min(result, 0);
    }
  }

  /** Receives one message of up to {@code mostBytes} bytes with its descriptors. */
  public static Received receive(int descriptor, int mostBytes) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment content = arena.allocate(mostBytes);
      MemorySegment message = message(arena, content);
      MemorySegment control = control(arena, message, MOST_DESCRIPTORS);
      int result;
      do {
        result = RECVMSG.call(scratch, descriptor, message.address(), MSG_DONTWAIT_CMSG_CLOEXEC);
      } while (Errno.EINTR.returnedBy(result));
      if (result < 0) {
        return Received.nothing(result);
      }
      int[] descriptors = descriptors(message, control);
      boolean cut = (message.get(JAVA_INT, FLAGS) & (MSG_TRUNC | MSG_CTRUNC)) != 0;
      return new Received(
          cut ? -Errno.EMSGSIZE.number() : result,
          content.asSlice(0, result).toArray(JAVA_BYTE),
          descriptors);
    }
  }

  private static int[] descriptors(MemorySegment message, MemorySegment control) {
    long length = message.get(JAVA_LONG, CONTROL_LENGTH);
    if (length < CONTROL_HEADER_BYTES
        || control.get(JAVA_INT, 8) != SocketConstants.SOL_SOCKET
        || control.get(JAVA_INT, 12) != SCM_RIGHTS) {
      return new int[0];
    }
    long bytes = control.get(JAVA_LONG, 0) - CONTROL_HEADER_BYTES;
    return control.asSlice(CONTROL_HEADER_BYTES, bytes).toArray(JAVA_INT);
  }

  private static MemorySegment message(Arena arena, MemorySegment content) {
    MemorySegment vector = arena.allocate(2L * Long.BYTES, Long.BYTES);
    vector.set(ADDRESS, 0, content);
    vector.set(JAVA_LONG, Long.BYTES, content.byteSize());
    MemorySegment message = arena.allocate(HEADER_BYTES, Long.BYTES);
    message.set(ADDRESS, VECTOR, vector);
    message.set(JAVA_LONG, VECTOR_LENGTH, 1);
    return message;
  }

  /** Room for {@code count} descriptors, known to {@code message}. */
  private static MemorySegment control(Arena arena, MemorySegment message, int count) {
    long bytes = CONTROL_HEADER_BYTES + (4L * count + 7) / 8 * 8;
    MemorySegment control = arena.allocate(bytes, Long.BYTES);
    message.set(ADDRESS, CONTROL, control);
    message.set(JAVA_LONG, CONTROL_LENGTH, bytes);
    return control;
  }
}
