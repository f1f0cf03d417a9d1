// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Errno;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

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

  private static final MethodHandle SOCKET =
      Downcalls.capturing("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle RECV =
      Downcalls.capturing(
          "recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

  private NetlinkCalls() {}

  /** A blocking socket to sock_diag(7) of the calling thread's network namespace, for good. */
  public static int openSocketDiagnostics() {
    Scratch scratch = Scratch.current();
    try {
      return Downcalls.result(
          (int)
              SOCKET.invokeExact(
                  scratch.callState(), AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /**
   * Waits for one datagram. More than {@code length} means that it did not fit and the rest is
   * lost. Retried after a signal.
   */
  public static int receive(int descriptor, long address, int length) {
    Scratch scratch = Scratch.current();
    try {
      int result;
      do {
        result =
            Downcalls.result(
                (long)
                    RECV.invokeExact(
                        scratch.callState(), descriptor, address, (long) length, MSG_TRUNC),
                scratch);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }
}
