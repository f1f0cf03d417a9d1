// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import dev.sluice.linux.Errno;

/**
 * What <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a> needs beyond
 * {@link SocketCalls#send} and {@link FileCalls#close}. Each call returns 0 or more, or {@code
 * -errno}. Thread-safe.
 */
public final class NetlinkCalls {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int NETLINK_SOCK_DIAG = 4;

  /** The result is the message's length, even if the buffer is shorter: nothing is cut unseen. */
  private static final int MSG_TRUNC = 0x20;

  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction RECV = CFunction.named("recv");

  private NetlinkCalls() {}

  /** A blocking socket to sock_diag(7) of the calling thread's network namespace, for good. */
  public static int openSocketDiagnostics() {
    Scratch scratch = Scratch.current();
    return SOCKET.call(scratch, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
  }

  /**
   * Waits for one datagram. More than {@code length} means that it did not fit and the rest is
   * lost. Retried after a signal.
   */
  public static int receive(int descriptor, long address, int length) {
    Scratch scratch = Scratch.current();
    int result;
    do {
      result = RECV.call(scratch, descriptor, address, length, MSG_TRUNC);
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }
}
