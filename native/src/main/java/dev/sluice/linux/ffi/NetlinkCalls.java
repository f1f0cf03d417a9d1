// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sluice.linux.Errno;
import java.lang.foreign.MemorySegment;

/**
 * What <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a> needs beyond
 * {@link SocketCalls#send} and {@link FileCalls#close}. Each call returns 0 or more, or {@code
 * -errno}. Thread-safe.
 */
public final class NetlinkCalls {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;

  /** {@code struct sockaddr_nl}. */
  private static final int ADDRESS_BYTES = 12;

  private static final int NETLINK_SOCK_DIAG = 4;
  private static final int NETLINK_NETFILTER = 12;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int SO_RCVBUFFORCE = 33;

  /** The result is the message's length, even if the buffer is shorter: nothing is cut unseen. */
  private static final int MSG_TRUNC = 0x20;

  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction BIND = CFunction.named("bind");
  private static final CFunction RECV = CFunction.named("recv");

  private NetlinkCalls() {}

  /** A blocking socket to sock_diag(7) of the calling thread's network namespace, for good. */
  public static int openSocketDiagnostics() {
    Scratch scratch = Scratch.current();
    return SOCKET.call(scratch, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
  }

  /** A blocking socket to netfilter of the calling thread's network namespace, for good. */
  public static int openNetfilter() {
    Scratch scratch = Scratch.current();
    return SOCKET.call(scratch, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER);
  }

  /**
   * Gives the socket a number of the kernel's choice; 0 or {@code -errno}. Without one it gets no
   * message that the kernel sends to groups: those pass over its own number, which is 0.
   */
  public static int bind(int descriptor) {
    Scratch scratch = Scratch.current();
    MemorySegment address = scratch.socketAddress();
    address.asSlice(0, ADDRESS_BYTES).fill((byte) 0);
    address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
    return BIND.call(scratch, descriptor, address.address(), ADDRESS_BYTES);
  }

  /** Has the kernel send what it tells a group; 0 or {@code -errno}. */
  public static int join(int descriptor, int group) {
    return OptionCalls.setInt(descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  }

  /**
   * Room for what arrives before it is read, beyond net.core.rmem_max; needs CAP_NET_ADMIN. 0 or
   * {@code -errno}.
   */
  public static int receiveRoom(int descriptor, int bytes) {
    return OptionCalls.setInt(descriptor, SocketConstants.SOL_SOCKET, SO_RCVBUFFORCE, bytes);
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
