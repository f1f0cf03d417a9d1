// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Worker;
import dev.sluice.net.AddressText;
import java.io.Closeable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Tells every TCP client where it is and what it dialled, then closes. */
final class StreamListener implements LoopDescriptor.Handler, Closeable {
  private static final int BACKLOG = 64;

  private final Place place;
  private final Worker worker;
  private final LoopDescriptor descriptor;
  private final PeerAddress peer = new PeerAddress();
  private final NativeBuffer buffer = NativeBuffer.allocate(128);

  private StreamListener(Place place, Worker worker, int fd) {
    this.place = place;
    this.worker = worker;
    descriptor = new LoopDescriptor(fd, this);
    worker.execute(() -> descriptor.registerToAccept(worker.eventLoop()));
  }

  /**
   * Listens on every address of the calling thread's namespace, and on foreign ones that TPROXY
   * hands over.
   */
  static StreamListener open(Place place, Worker worker, AddressFamily family, int port, int mark)
      throws SyscallException {
    int fd = Sockets.openStream(family);
    SocketOptions.setReuseAddress(fd, true);
    SocketOptions.setIpTransparent(fd, family, true);
    SocketOptions.setMark(fd, mark);
    if (family == AddressFamily.INET6) {
      SocketOptions.setIpv6Only(fd, true);
    }
    Sockets.bind(fd, family, wildcard(family, port));
    Sockets.listen(fd, BACKLOG);
    return new StreamListener(place, worker, fd);
  }

  static InetSocketAddress wildcard(AddressFamily family, int port) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(family == AddressFamily.INET ? "0.0.0.0" : "::"), port);
  }

  @Override
  public void ready(int events) {
    int fd = Sockets.accept(descriptor.number(), peer);
    while (fd >= 0) {
      byte[] greeting =
          new Observation(place, originalDestination(fd))
              .greeting()
              .getBytes(StandardCharsets.US_ASCII);
      buffer.put(0, greeting);
      int _ = Sockets.write(fd, buffer.address(), greeting.length);
      int _ = Sockets.close(fd);
      fd = Sockets.accept(descriptor.number(), peer);
    }
  }

  private static String originalDestination(int fd) {
    try {
      InetSocketAddress local = Sockets.localAddress(fd);
      AddressFamily family = AddressFamily.of(local.getAddress());
      return AddressText.of(SocketOptions.originalDestination(fd, family));
    } catch (SyscallException e) {
      // The client is gone, or no rule made conntrack look at it.
      return "";
    }
  }

  @Override
  public void loopClosed() {
    buffer.close();
  }

  @Override
  public void broken(RuntimeException bug) {
    throw bug;
  }

  /** Waits until the port is free again. */
  @Override
  public void close() {
    worker
        .eventLoop()
        .submit(
            () -> {
              descriptor.closeDescriptor();
              buffer.close();
            })
        .syncUninterruptibly();
  }
}
