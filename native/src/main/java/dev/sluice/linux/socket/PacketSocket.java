// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.MessageCalls;
import dev.sluice.linux.ffi.PacketCalls;
import dev.sluice.linux.ffi.PollCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A connection within this host that carries messages and open descriptors: {@code SOCK_SEQPACKET}
 * of <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>, since Linux 2.6.4.
 * Calls block the calling thread up to the limit that they are given, so never on an event loop.
 * One thread may send while another receives. Whoever opens it closes it.
 */
public final class PacketSocket implements AutoCloseable {
  /** As many descriptors as one message can carry. */
  public static final int MOST_DESCRIPTORS = MessageCalls.MOST_DESCRIPTORS;

  /** The longest message. */
  public static final int MOST_BYTES = 4096;

  private static final long RETRY_NANOS = 1_000_000;

  private final FileDescriptor descriptor;

  private PacketSocket(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * One message.
   *
   * @param bytes 1 to {@link #MOST_BYTES}
   * @param descriptors that came with it; whoever has the message owns them
   */
  @SuppressWarnings("ArrayRecordComponent") // read at once, and compared by nobody
  public record Packet(byte[] bytes, List<FileDescriptor> descriptors) {}

  /** Takes over a connected socket of this kind. */
  public static PacketSocket owning(FileDescriptor descriptor) {
    return new PacketSocket(descriptor);
  }

  /**
   * Connects to whoever listens at {@code path}.
   *
   * @throws SyscallException ENOENT if there is no such file, ECONNREFUSED if nobody listens,
   *     EACCES without the right to write to it
   */
  public static PacketSocket connect(Path path) throws SyscallException {
    FileDescriptor socket = open();
    int result = PacketCalls.connect(socket.number(), path.toString());
    if (result < 0) {
      socket.close();
      throw new SyscallException("connect", -result, "to " + path);
    }
    return new PacketSocket(socket);
  }

  static FileDescriptor open() throws SyscallException {
    int opened = PacketCalls.open();
    if (opened < 0) {
      throw new SyscallException("socket(SOCK_SEQPACKET)", -opened, "of family AF_UNIX");
    }
    return FileDescriptor.owning(opened);
  }

  /** Who is at the other end. */
  public PeerCredentials peer() throws SyscallException {
    return UnixStreams.peer(descriptor.number());
  }

  /** Its number, to be sent itself; it stays this object's. */
  public int number() {
    return descriptor.number();
  }

  /** The same for a message without descriptors. */
  public void send(byte[] bytes, Duration limit) throws SyscallException {
    send(bytes, new int[0], limit);
  }

  /**
   * Sends one message, whole or not at all. It has arrived, in the receiver's queue, when this
   * returns, and stays there when this end is closed.
   *
   * @param descriptors at most {@link #MOST_DESCRIPTORS}; they stay the caller's, the receiver gets
   *     copies
   * @throws SyscallException EAGAIN or ETOOMANYREFS if the receiver takes nothing within {@code
   *     limit}; EPIPE or ECONNRESET if the peer is gone, or reads no more
   */
  public void send(byte[] bytes, int[] descriptors, Duration limit) throws SyscallException {
    long deadline = System.nanoTime() + limit.toNanos();
    int result = MessageCalls.send(descriptor.number(), bytes, descriptors);
    while (isFull(result) && System.nanoTime() - deadline < 0) {
      awaitRoom(result, deadline);
      result = MessageCalls.send(descriptor.number(), bytes, descriptors);
    }
    SyscallException.check(result, "sendmsg", descriptor.number());
  }

  private static boolean isFull(int result) {
    return Errno.EAGAIN.returnedBy(result) || Errno.ETOOMANYREFS.returnedBy(result);
  }

  private void awaitRoom(int result, long deadline) {
    if (Errno.EAGAIN.returnedBy(result)) {
      PollCalls.awaitWritable(descriptor.number(), millisUntil(deadline));
    } else {
      // Nothing tells when fewer descriptors are under way; the receiver takes them at once.
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  /**
   * Receives the next message.
   *
   * @return empty at the end: the peer has closed, or its process has ended
   * @throws SyscallException EAGAIN if none comes within {@code limit}; EMSGSIZE if it is too long,
   *     or this process has no room for its descriptors; ECONNRESET if the peer went without
   *     reading all
   */
  public Optional<Packet> receive(Duration limit) throws SyscallException {
    long deadline = System.nanoTime() + limit.toNanos();
    MessageCalls.Received received = MessageCalls.receive(descriptor.number(), MOST_BYTES);
    while (Errno.EAGAIN.returnedBy(received.result()) && System.nanoTime() - deadline < 0) {
      PollCalls.awaitReadable(descriptor.number(), millisUntil(deadline));
      received = MessageCalls.receive(descriptor.number(), MOST_BYTES);
    }
    List<FileDescriptor> descriptors =
        Arrays.stream(received.descriptors()).mapToObj(FileDescriptor::owning).toList();
    if (received.result() < 0) {
      for (FileDescriptor each : descriptors) {
        each.close();
      }
      throw new SyscallException(
          "recvmsg",
          -received.result(),
          "on descriptor " + descriptor.number(),
          Errno.EMSGSIZE.returnedBy(received.result()) ? "no room for what was sent" : "");
    }
    return received.result() == 0
        ? Optional.empty()
        : Optional.of(new Packet(received.bytes(), descriptors));
  }

  /**
   * From now on the peer can't send any more: it gets EPIPE. What has arrived can still be
   * received, so that both ends agree on what was said.
   */
  public void refuseMore() throws SyscallException {
    SyscallException.check(
        PacketCalls.shutdownRead(descriptor.number()), "shutdown(SHUT_RD)", descriptor.number());
  }

  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }

  private static int millisUntil(long deadline) {
    long left = Math.max(0, deadline - System.nanoTime());
    return Math.toIntExact(Math.min(left / 1_000_000 + 1, Integer.MAX_VALUE));
  }
}
