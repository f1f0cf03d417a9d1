// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.FileCalls;
import dev.sluice.linux.ffi.OptionCalls;
import dev.sluice.linux.ffi.PollCalls;
import dev.sluice.linux.ffi.SocketCalls;
import java.net.InetSocketAddress;

/**
 * Socket calls on descriptor numbers. Calls for the hot path return 0 or more, or {@code -errno}
 * (compare with {@link dev.sluice.linux.Errno#returnedBy}), and never throw for what the kernel
 * says; the others throw {@link SyscallException}. The caller owns every descriptor. EINTR is
 * retried where repeating is right. An unresolved address is a bug: IllegalArgumentException.
 * Thread-safe; see <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>.
 */
public final class Sockets {
  private Sockets() {}

  /** A TCP socket, non-blocking, closed on exec. */
  public static int openStream(AddressFamily family) throws SyscallException {
    return opened(tryOpenStream(family), "SOCK_STREAM", family);
  }

  /** The same for the hot path: the descriptor or {@code -errno}, EMFILE for one. */
  public static int tryOpenStream(AddressFamily family) {
    return SocketCalls.openStream(family.number());
  }

  /** A UDP socket, non-blocking, closed on exec. */
  public static int openDatagram(AddressFamily family) throws SyscallException {
    return opened(SocketCalls.openDatagram(family.number()), "SOCK_DGRAM", family);
  }

  /**
   * Binds a socket of {@code family}. For {@link AddressFamily#INET6} an IPv4 address is mapped,
   * and {@code 0.0.0.0} is taken for {@code ::}, as the JDK does: what {@code new
   * InetSocketAddress(port)} holds means every address.
   *
   * @throws SyscallException EADDRINUSE, EADDRNOTAVAIL, EACCES (a port below 1024) and others
   */
  public static void bind(int fd, AddressFamily family, InetSocketAddress address)
      throws SyscallException {
    int result = tryBind(fd, family, address);
    if (result < 0) {
      throw new SyscallException("bind", -result, "of descriptor " + fd + " to " + address);
    }
  }

  /** The same for the hot path: 0 or {@code -errno}. */
  public static int tryBind(int fd, AddressFamily family, InetSocketAddress address) {
    return SocketCalls.bind(fd, family.number(), address);
  }

  /**
   * Starts to listen.
   *
   * @param backlog 1 or more; the kernel cuts it to net.core.somaxconn
   */
  public static void listen(int fd, int backlog) throws SyscallException {
    SyscallException.check(SocketCalls.listen(fd, backlog), "listen", fd);
  }

  /**
   * Takes one waiting connection, non-blocking and closed on exec.
   *
   * @param peer gets the address of the other side, if a descriptor is returned
   * @return the descriptor, which the caller now owns, or {@code -errno}: EAGAIN if none waits,
   *     ECONNABORTED if it went away, EMFILE or ENFILE if descriptors are exhausted
   */
  public static int accept(int listenerFd, PeerAddress peer) {
    return SocketCalls.accept(listenerFd, peer.storage());
  }

  /**
   * Connects a socket of {@code family}; an IPv4 address for {@link AddressFamily#INET6} is mapped.
   *
   * @return 0, or {@code -errno}: EINPROGRESS is the normal beginning, then wait until it is
   *     writable and ask {@link #pendingError}
   */
  public static int connect(int fd, AddressFamily family, InetSocketAddress address) {
    return SocketCalls.connect(fd, family.number(), address);
  }

  /**
   * Waits until a socket can be written to, or its connect has failed; blocks, so on no event loop.
   *
   * @param timeoutMillis 0 for a look alone
   * @return 1, 0 when the time is over, or {@code -errno}, EINTR for one
   */
  public static int awaitWritable(int fd, int timeoutMillis) {
    return PollCalls.awaitWritable(fd, timeoutMillis);
  }

  /**
   * Sends one datagram from a socket of {@code family}, without waiting.
   *
   * @return how many bytes, or {@code -errno}
   */
  public static int sendTo(
      int fd, AddressFamily family, InetSocketAddress address, byte[] datagram) {
    return SocketCalls.sendTo(fd, family.number(), address, datagram);
  }

  /**
   * Takes one datagram, up to {@code mostBytes} of it, without waiting.
   *
   * @param from gets who sent it, as programs on the socket have it
   * @return how many bytes, or {@code -errno}, EAGAIN when there is none
   */
  public static int receiveFrom(int fd, int mostBytes, PeerAddress from) {
    return SocketCalls.receiveFrom(fd, mostBytes, from.storage());
  }

  /** The socket's own address; the wildcard and port 0 before it is bound. */
  public static InetSocketAddress localAddress(int fd) throws SyscallException {
    return SocketOptions.value(OptionCalls.localAddress(fd), "getsockname", fd);
  }

  /**
   * The other side's address.
   *
   * @throws SyscallException ENOTCONN if it is not connected, or no more
   */
  public static InetSocketAddress peerAddress(int fd) throws SyscallException {
    return SocketOptions.value(OptionCalls.peerAddress(fd), "getpeername", fd);
  }

  /**
   * Reads up to {@code length} bytes to {@code address}, which must have room for them.
   *
   * @return bytes read, 0 at the end of the stream, or {@code -errno}: EAGAIN, ECONNRESET
   */
  public static int read(int fd, long address, int length) {
    return FileCalls.read(fd, address, length);
  }

  /**
   * The same, but what is read stays in the socket: the next read begins with it.
   *
   * @return bytes read, 0 at the end of the stream, or {@code -errno}: EAGAIN, ECONNRESET
   */
  public static int peek(int fd, long address, int length) {
    return SocketCalls.peek(fd, address, length);
  }

  /**
   * Throws up to {@code length} bytes of a TCP socket away that wait to be read.
   *
   * @return how many, 0 at the end of the stream, or {@code -errno}: EAGAIN, ECONNRESET
   */
  public static int discard(int fd, int length) {
    return SocketCalls.discard(fd, length);
  }

  /**
   * Writes up to {@code length} bytes from {@code address}; no signal when the peer is gone.
   *
   * @return bytes taken, or {@code -errno}: EAGAIN, EPIPE, ECONNRESET
   */
  public static int write(int fd, long address, int length) {
    return SocketCalls.send(fd, address, length);
  }

  /** Ends the sending half: the peer reads the end of the stream. 0 or {@code -errno}. */
  public static int shutdownWrite(int fd) {
    return SocketCalls.shutdownWrite(fd);
  }

  /**
   * Another descriptor for the same socket, closed on exec like the first. Each is closed on its
   * own.
   *
   * @return a descriptor that the caller owns, or {@code -errno}
   */
  public static int duplicate(int fd) {
    return FileCalls.duplicate(fd);
  }

  /** Closes; never retried and never to be repeated. 0 or {@code -errno}. */
  public static int close(int fd) {
    return FileCalls.close(fd);
  }

  /**
   * SO_ERROR, which reading clears.
   *
   * @return 0 for none, the positive number of the error that waited, or {@code -errno} if the
   *     descriptor can't be asked
   */
  public static int pendingError(int fd) {
    return OptionCalls.pendingError(fd);
  }

  private static int opened(int result, String type, AddressFamily family) throws SyscallException {
    if (result < 0) {
      throw new SyscallException("socket(" + type + ")", -result, "of family AF_" + family);
    }
    return result;
  }
}
