// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
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
  private static final int MSG_PEEK = 2;
  private static final int MSG_TRUNC = 0x20;
  private static final int SHUT_WR = 1;

  private static final int MSG_DONTWAIT = 0x40;
  private static final CFunction SEND_TO = CFunction.named("sendto");
  private static final CFunction RECEIVE_FROM = CFunction.named("recvfrom");
  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction BIND = CFunction.named("bind");
  private static final CFunction CONNECT = CFunction.named("connect");
  private static final CFunction LISTEN = CFunction.named("listen");
  private static final CFunction ACCEPT4 = CFunction.named("accept4");
  private static final CFunction SEND = CFunction.named("send");
  private static final CFunction RECV = CFunction.named("recv");
  private static final CFunction SHUTDOWN = CFunction.named("shutdown");

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
    int length = SocketAddressLayout.encode(address, family, scratch.socketAddress());
    return BIND.call(scratch, descriptor, scratch.socketAddress().address(), length);
  }

  /**
   * connect(2) of a socket of {@code family}. Not retried: after EINTR the kernel goes on
   * connecting, and a second call would say EALREADY.
   */
  public static int connect(int descriptor, int family, InetSocketAddress address) {
    Scratch scratch = Scratch.current();
    int length = SocketAddressLayout.encode(address, family, scratch.socketAddress());
    return CONNECT.call(scratch, descriptor, scratch.socketAddress().address(), length);
  }

  /** sendto(2) of one datagram, without waiting. */
  public static int sendTo(int descriptor, int family, InetSocketAddress address, byte[] bytes) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      long data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes).address();
      int length = SocketAddressLayout.encode(address, family, scratch.socketAddress());
      long to = scratch.socketAddress().address();
      return SEND_TO.call(scratch, descriptor, data, bytes.length, MSG_DONTWAIT, to, length);
    }
  }

  /** recvfrom(2) of one datagram, without waiting; {@code from} gets the address. */
  public static int receiveFrom(int descriptor, int mostBytes, AddressStorage from) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      long data = arena.allocate(mostBytes).address();
      return RECEIVE_FROM.call(
          scratch,
          descriptor,
          data,
          mostBytes,
          MSG_DONTWAIT,
          from.address().address(),
          from.length().address());
    }
  }

  /** listen(2). */
  public static int listen(int descriptor, int backlog) {
    Scratch scratch = Scratch.current();
    return LISTEN.call(scratch, descriptor, backlog);
  }

  /** accept4(2), non-blocking and not inherited; {@code peer} gets the address. */
  public static int accept(int listener, AddressStorage peer) {
    Scratch scratch = Scratch.current();
    try {
      int result;
      do {
        result =
            ACCEPT4.call(
                scratch,
                listener,
                peer.address().address(),
                peer.length().address(),
                SOCK_NONBLOCK_CLOEXEC);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    } finally {
      Reference.reachabilityFence(peer);
    }
  }

  /** send(2) with MSG_NOSIGNAL: a closed peer is EPIPE, never a signal. */
  public static int send(int descriptor, long address, int length) {
    Scratch scratch = Scratch.current();
    int result;
    do {
      result = SEND.call(scratch, descriptor, address, length, MSG_NOSIGNAL);
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }

  /** recv(2) with MSG_PEEK: what is read stays. */
  public static int peek(int descriptor, long address, int length) {
    return receive(descriptor, address, length, MSG_PEEK);
  }

  /** recv(2) with MSG_TRUNC and no buffer: TCP throws that much away, see tcp(7). */
  public static int discard(int descriptor, int length) {
    return receive(descriptor, 0, length, MSG_TRUNC);
  }

  private static int receive(int descriptor, long address, int length, int flags) {
    Scratch scratch = Scratch.current();
    int result;
    do {
      result = RECV.call(scratch, descriptor, address, length, flags);
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }

  /** shutdown(2) of the sending half. */
  public static int shutdownWrite(int descriptor) {
    Scratch scratch = Scratch.current();
    return SHUTDOWN.call(scratch, descriptor, SHUT_WR);
  }

  private static int socket(int family, int type) {
    Scratch scratch = Scratch.current();
    return SOCKET.call(scratch, family, type | SOCK_NONBLOCK_CLOEXEC, 0);
  }
}
