// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.PacketCalls;
import dev.sluice.linux.ffi.SocketCalls;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Accepts {@link PacketSocket}s at a file. Non-blocking. Whoever opens it closes it; the file stays
 * and is its owner's to remove.
 */
public final class PacketListener implements AutoCloseable {
  private static final int BACKLOG = 4;

  private final FileDescriptor descriptor;
  private final PeerAddress nobody = new PeerAddress();

  private PacketListener(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Makes the socket file {@code path} and listens there.
   *
   * @throws SyscallException EADDRINUSE if there is such a file, whoever listens or not; EACCES;
   *     ENAMETOOLONG beyond 107 bytes
   */
  public static PacketListener open(Path path) throws SyscallException {
    FileDescriptor socket = PacketSocket.open();
    int result = PacketCalls.bind(socket.number(), path.toString());
    result = result < 0 ? result : SocketCalls.listen(socket.number(), BACKLOG);
    if (result < 0) {
      socket.close();
      throw new SyscallException("bind", -result, "to " + path);
    }
    return new PacketListener(socket);
  }

  /** Its number, for epoll(7); it stays this object's. */
  public int number() {
    return descriptor.number();
  }

  /** The next connection, which the caller owns; empty if none waits. */
  public Optional<PacketSocket> accept() throws SyscallException {
    int accepted = SocketCalls.accept(descriptor.number(), nobody.storage());
    if (Errno.EAGAIN.returnedBy(accepted)) {
      return Optional.empty();
    }
    SyscallException.check(accepted, "accept4", descriptor.number());
    return Optional.of(PacketSocket.owning(FileDescriptor.owning(accepted)));
  }

  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }
}
