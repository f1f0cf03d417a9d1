// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.NetlinkCalls;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The TCP and UDP sockets of one network namespace, whoever owns them: that of the thread which
 * opens this, wherever it is used afterwards. Listing needs no privilege, ending CAP_NET_ADMIN over
 * the namespace. Blocking; confined to one thread at a time. See <a
 * href="https://man7.org/linux/man-pages/man7/sock_diag.7.html">sock_diag(7)</a>; UDP sockets can
 * be ended since Linux 4.9.
 */
public final class SocketDiagnostics implements AutoCloseable {
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int SOCK_DESTROY = 21;

  /** The kernel fills at most 32 KiB at a time. */
  private static final int BUFFER_BYTES = 64 << 10;

  private final FileDescriptor descriptor;
  private final NativeBuffer buffer;
  private int sequence;

  private SocketDiagnostics(FileDescriptor descriptor, NativeBuffer buffer) {
    this.descriptor = descriptor;
    this.buffer = buffer;
  }

  /**
   * Opens it for the calling thread's namespace.
   *
   * @throws SyscallException EPROTONOSUPPORT if the kernel is without CONFIG_INET_DIAG
   */
  public static SocketDiagnostics open() throws SyscallException {
    int result = NetlinkCalls.openSocketDiagnostics();
    if (result < 0) {
      throw new SyscallException(
          "socket(NETLINK_SOCK_DIAG)",
          -result,
          "to list sockets",
          Errno.EPROTONOSUPPORT.returnedBy(result)
              ? "this kernel has no sock_diag (CONFIG_INET_DIAG): sockets of gone backends can't be"
                  + " ended"
              : "");
    }
    return new SocketDiagnostics(
        FileDescriptor.owning(result), NativeBuffer.allocate(BUFFER_BYTES));
  }

  /**
   * All sockets of one protocol and family, also listening, unconnected and those in TIME_WAIT. Not
   * one moment's picture: a socket that comes or goes meanwhile may be there or not.
   *
   * @param family the sockets' own; IPv4 clients of dual-stack sockets are under INET6
   * @throws SyscallException ENOENT if the kernel can't list this protocol
   */
  public List<SocketEntry> list(SocketProtocol protocol, AddressFamily family) throws IOException {
    List<SocketEntry> sockets = new ArrayList<>();
    send(
        SOCK_DIAG_BY_FAMILY,
        NetlinkMessage.FLAG_DUMP,
        InetDiagCodec.listRequest(protocol, family),
        "list " + protocol);
    while (true) {
      for (NetlinkMessage message : receive()) {
        if (message.isLast()) {
          check(message.errno(), protocol);
          return sockets;
        }
        sockets.add(InetDiagCodec.entry(protocol, message.payload()));
      }
    }
  }

  /**
   * The socket as it is now; empty if there is none with these addresses and this cookie. A UDP
   * socket that is no longer connected is found by the addresses that it was connected with, as for
   * {@link #destroy}: compare what is returned.
   */
  public Optional<SocketEntry> find(SocketId id) throws IOException {
    send(SOCK_DIAG_BY_FAMILY, 0, InetDiagCodec.lookupRequest(id), "find " + id);
    NetlinkMessage answer = receive().getFirst();
    if (answer.type() == SOCK_DIAG_BY_FAMILY) {
      return Optional.of(InetDiagCodec.entry(id.protocol(), answer.payload()));
    }
    int errno = answer.errno();
    if (isNotFound(errno)) {
      return Optional.empty();
    }
    throw new SyscallException("sock_diag(SOCK_DIAG_BY_FAMILY)", errno, "of " + id);
  }

  /**
   * Ends a socket: its owner gets ECONNABORTED. The kernel compares addresses, interface and cookie
   * with the socket's; nothing else is ever touched.
   *
   * @throws SyscallException EPERM without CAP_NET_ADMIN; EOPNOTSUPP on a kernel that can't
   */
  public DestroyOutcome destroy(SocketId id) throws IOException {
    send(SOCK_DESTROY, NetlinkMessage.FLAG_ACK, InetDiagCodec.destroyRequest(id), "end " + id);
    int errno = receive().getFirst().errno();
    if (errno == 0) {
      return DestroyOutcome.ENDED;
    }
    if (isNotFound(errno)) {
      return DestroyOutcome.NOT_FOUND;
    }
    throw notDestroyed(errno, id);
  }

  /** Lets go of the descriptor and the memory; idempotent. */
  @Override
  public void close() throws SyscallException {
    buffer.close();
    descriptor.close();
  }

  private void send(int type, int flags, byte[] payload, String doing) throws SyscallException {
    byte[] request = NetlinkMessage.request(type, flags, ++sequence, payload);
    buffer.put(0, request);
    int sent = Sockets.write(descriptor.number(), buffer.address(), request.length);
    if (sent < 0) {
      throw new SyscallException("send(NETLINK_SOCK_DIAG)", -sent, "to " + doing);
    }
  }

  /** The messages of the next datagram that answers the last request, at least one. */
  private List<NetlinkMessage> receive() throws IOException {
    while (true) {
      int length = NetlinkCalls.receive(descriptor.number(), buffer.address(), buffer.capacity());
      if (length < 0) {
        throw new SyscallException("recv(NETLINK_SOCK_DIAG)", -length, "of " + descriptor);
      }
      if (length > buffer.capacity()) {
        throw new IOException(
            "reading %d bytes from sock_diag: expected at most %d"
                .formatted(length, buffer.capacity()));
      }
      List<NetlinkMessage> messages = NetlinkMessage.parse(buffer.get(0, length));
      // Left over from a request that was given up half-way.
      if (!messages.isEmpty() && messages.getFirst().sequence() == sequence) {
        return messages;
      }
    }
  }

  /** No socket with these addresses, or one with another cookie: TCP says ENOENT to both. */
  private static boolean isNotFound(int errno) {
    return errno == Errno.ENOENT.number() || errno == Errno.ESTALE.number();
  }

  private static void check(int errno, SocketProtocol protocol) throws SyscallException {
    if (errno != 0) {
      throw new SyscallException(
          "sock_diag(SOCK_DIAG_BY_FAMILY)",
          errno,
          "listing " + protocol + " sockets",
          errno == Errno.ENOENT.number()
              ? "this kernel is without CONFIG_INET_" + protocol + "_DIAG, or can't load its module"
              : "");
    }
  }

  static SyscallException notDestroyed(int errno, SocketId id) {
    String hint =
        switch (Errno.of(errno)) {
          case EPERM -> "needs CAP_NET_ADMIN in the user namespace that owns the network namespace";
          case EOPNOTSUPP ->
              "this kernel is without CONFIG_INET_DIAG_DESTROY: sockets of gone backends stay until"
                  + " their owners notice by themselves";
          case null, default -> "";
        };
    return new SyscallException("sock_diag(SOCK_DESTROY)", errno, "of " + id, hint);
  }
}
