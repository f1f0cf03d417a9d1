// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Sockets of the file system that keep the limits of messages: <a
 * href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>. Each call returns 0 or
 * more, or {@code -errno}; none waits. Thread-safe.
 */
public final class PacketCalls {
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET_NONBLOCK_CLOEXEC = 5 | 0x800 | 0x80000;
  private static final int PATH_BYTES = 108;
  private static final int SHUT_RD = 0;
  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction BIND = CFunction.named("bind");
  private static final CFunction CONNECT = CFunction.named("connect");
  private static final CFunction SHUTDOWN = CFunction.named("shutdown");

  private PacketCalls() {}

  /** A socket that isn't bound, and not inherited by programs. */
  public static int open() {
    Scratch scratch = Scratch.current();
    return SOCKET.call(scratch, AF_UNIX, SOCK_SEQPACKET_NONBLOCK_CLOEXEC, 0);
  }

  /** Makes the socket file {@code path}; ENAMETOOLONG beyond 107 bytes. */
  public static int bind(int descriptor, String path) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(2 + PATH_BYTES, 2);
      int length = encode(path, address);
      return length < 0 ? length : BIND.call(scratch, descriptor, address.address(), length);
    }
  }

  /** Connects to whoever listens at {@code path}; EAGAIN if their queue is full. */
  public static int connect(int descriptor, String path) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(2 + PATH_BYTES, 2);
      int length = encode(path, address);
      return length < 0 ? length : CONNECT.call(scratch, descriptor, address.address(), length);
    }
  }

  /** From now on whoever sends to this socket gets EPIPE; what has arrived can still be read. */
  public static int shutdownRead(int descriptor) {
    Scratch scratch = Scratch.current();
    return SHUTDOWN.call(scratch, descriptor, SHUT_RD);
  }

  /** Writes {@code struct sockaddr_un}; its length. */
  private static int encode(String path, MemorySegment address) {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    if (name.length >= PATH_BYTES) {
      return -Errno.ENAMETOOLONG.number();
    }
    address.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(name, 0, address, JAVA_BYTE, 2, name.length);
    return 2 + name.length + 1;
  }
}
