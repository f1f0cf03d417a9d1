// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Errno;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;

/**
 * The socket calls of the C library: <a
 * href="https://man7.org/linux/man-pages/man2/socket.2.html">socket(2)</a> and its family. Each
 * returns 0 or more, or {@code -errno}. Thread-safe.
 */
public final class SocketCalls {
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SHUT_WR = 1;

  private static final MethodHandle SOCKET =
      Downcalls.capturing("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND = addressCall("bind");
  private static final MethodHandle CONNECT = addressCall("connect");
  private static final MethodHandle LISTEN =
      Downcalls.capturing("listen", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle ACCEPT4 =
      Downcalls.capturing(
          "accept4", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle SEND =
      Downcalls.capturing(
          "send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle SHUTDOWN =
      Downcalls.capturing("shutdown", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private SocketCalls() {}

  /** A non-blocking stream socket that programs don't inherit. */
  public static int openStream(int family) {
    return socket(family, SOCK_STREAM);
  }

  /** A non-blocking datagram socket that programs don't inherit. */
  public static int openDatagram(int family) {
    return socket(family, SOCK_DGRAM);
  }

  /** bind(2) of a socket of {@code family}. */
  public static int bind(int descriptor, int family, InetSocketAddress address) {
    Scratch scratch = Scratch.current();
    int length = SocketAddressLayout.encode(address, family, scratch.address());
    try {
      return Downcalls.result(
          (int) BIND.invokeExact(scratch.callState(), descriptor, scratch.address(), length),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /**
   * connect(2) of a socket of {@code family}. Not retried: after EINTR the kernel goes on
   * connecting, and a second call would say EALREADY.
   */
  public static int connect(int descriptor, int family, InetSocketAddress address) {
    Scratch scratch = Scratch.current();
    int length = SocketAddressLayout.encode(address, family, scratch.address());
    try {
      return Downcalls.result(
          (int) CONNECT.invokeExact(scratch.callState(), descriptor, scratch.address(), length),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** listen(2). */
  public static int listen(int descriptor, int backlog) {
    Scratch scratch = Scratch.current();
    try {
      return Downcalls.result(
          (int) LISTEN.invokeExact(scratch.callState(), descriptor, backlog), scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** accept4(2), non-blocking and not inherited; {@code peer} gets the address. */
  public static int accept(int listener, AddressStorage peer) {
    Scratch scratch = Scratch.current();
    try {
      int result;
      do {
        result =
            Downcalls.result(
                (int)
                    ACCEPT4.invokeExact(
                        scratch.callState(),
                        listener,
                        peer.address(),
                        peer.length(),
                        SOCK_NONBLOCK_CLOEXEC),
                scratch);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** send(2) with MSG_NOSIGNAL: a closed peer is EPIPE, never a signal. */
  public static int send(int descriptor, long address, int length) {
    Scratch scratch = Scratch.current();
    try {
      int result;
      do {
        result =
            Downcalls.result(
                (long)
                    SEND.invokeExact(
                        scratch.callState(), descriptor, address, (long) length, MSG_NOSIGNAL),
                scratch);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  /** shutdown(2) of the sending half. */
  public static int shutdownWrite(int descriptor) {
    Scratch scratch = Scratch.current();
    try {
      return Downcalls.result(
          (int) SHUTDOWN.invokeExact(scratch.callState(), descriptor, SHUT_WR), scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  private static int socket(int family, int type) {
    Scratch scratch = Scratch.current();
    try {
      return Downcalls.result(
          (int) SOCKET.invokeExact(scratch.callState(), family, type | SOCK_NONBLOCK_CLOEXEC, 0),
          scratch);
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }

  private static MethodHandle addressCall(String name) {
    return Downcalls.capturing(name, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  }
}
