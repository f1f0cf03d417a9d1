// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.SyscallException;

/**
 * Where sockets are opened, and so which network namespace they belong to for good: that of the
 * calling thread, or another one. Implementations are thread-safe.
 */
@FunctionalInterface
public interface SocketPlace {
  /**
   * A TCP socket, non-blocking and closed on exec, which the caller owns.
   *
   * @return the descriptor, or {@code -errno}
   */
  int tryOpenStream(AddressFamily family);

  /** The same where errors are rare. */
  default int openStream(AddressFamily family) throws SyscallException {
    int result = tryOpenStream(family);
    if (result < 0) {
      throw new SyscallException("socket(SOCK_STREAM)", -result, "of family AF_" + family);
    }
    return result;
  }

  /** The namespace of the calling thread. */
  static SocketPlace here() {
    return Sockets::tryOpenStream;
  }

  /**
   * The same place, each socket with {@code mark} on it ({@code SO_MARK}; needs CAP_NET_ADMIN, or
   * CAP_NET_RAW since Linux 5.17). A socket that can't be marked is closed again.
   */
  default SocketPlace marking(int mark) {
    return family -> {
      int descriptor = tryOpenStream(family);
      if (descriptor >= 0) {
        try {
          SocketOptions.setMark(descriptor, mark);
        } catch (SyscallException e) {
          Sockets.close(descriptor);
          return -e.errno();
        }
      }
      return descriptor;
    };
  }
}
