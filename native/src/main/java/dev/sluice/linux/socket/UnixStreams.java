// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.OptionCalls;
import dev.sluice.linux.ffi.PacketCalls;
import dev.sluice.linux.ffi.SocketCalls;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Stream sockets of the file system, <a
 * href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>. The caller owns every
 * descriptor; {@link Sockets} reads, writes and closes them. Thread-safe.
 */
public final class UnixStreams {
  private static final int AF_UNIX = 1;

  private UnixStreams() {}

  /**
   * Makes the socket file {@code path} and listens there, non-blocking and closed on exec. The file
   * stays when the descriptor is closed.
   *
   * @throws SyscallException EADDRINUSE if there is such a file, whoever listens or not; EACCES;
   *     ENAMETOOLONG beyond 107 bytes
   */
  public static int listen(Path path, int backlog) throws SyscallException {
    int socket = open();
    int result = PacketCalls.bind(socket, path.toString());
    result = result < 0 ? result : SocketCalls.listen(socket, backlog);
    if (result < 0) {
      Sockets.close(socket);
      throw new SyscallException("bind", -result, "to " + path);
    }
    return socket;
  }

  /**
   * Whether somebody listens at {@code path}, or may: found by connecting, without waiting. Only
   * ENOENT and ECONNREFUSED say that nobody does; a queue that is full, a socket of another type
   * and one that may not be connected to are taken.
   *
   * @throws SyscallException if no socket can be had
   */
  public static boolean isServed(Path path) throws SyscallException {
    int socket = open();
    try {
      int result = PacketCalls.connect(socket, path.toString());
      return !Errno.ENOENT.returnedBy(result) && !Errno.ECONNREFUSED.returnedBy(result);
    } finally {
      Sockets.close(socket);
    }
  }

  private static int open() throws SyscallException {
    int socket = SocketCalls.openStream(AF_UNIX);
    if (socket < 0) {
      throw new SyscallException("socket(SOCK_STREAM)", -socket, "of family AF_UNIX");
    }
    return socket;
  }

  /** Who connected; without supplementary groups before Linux 4.13, which can't tell them. */
  public static PeerCredentials peer(int descriptor) throws SyscallException {
    int[] ids =
        SocketOptions.value(OptionCalls.peerCredentials(descriptor), "SO_PEERCRED", descriptor);
    int[] others = groups(OptionCalls.peerGroups(descriptor), descriptor);
    return new PeerCredentials(
        ids[0],
        Integer.toUnsignedLong(ids[1]),
        Integer.toUnsignedLong(ids[2]),
        Arrays.stream(others).mapToObj(Integer::toUnsignedLong).collect(Collectors.toSet()));
  }

  /** What was read, or none where the kernel doesn't know the question. */
  static int[] groups(OptionCalls.Read<int[]> read, int descriptor) throws SyscallException {
    return read.errno() == Errno.ENOPROTOOPT.number()
        ? new int[0]
        : SocketOptions.value(read, "SO_PEERGROUPS", descriptor);
  }
}
