// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The client's end of the traced connection; closing it ends the connection. */
record ClientSocket(FileDescriptor descriptor, Dial dial) implements AutoCloseable {
  private static final int MOST_BYTES = 65_535;

  /**
   * Connects as {@code request} says, from {@code place}.
   *
   * @param hooks are told which socket it will be
   * @param routes of this thread; they begin with the call
   */
  static ClientSocket connect(
      TraceRequest request, OpenedPlace place, List<ConnectHooks> hooks, RouteWatch routes)
      throws IOException {
    FileDescriptor descriptor = place.call(() -> FileDescriptor.owning(open(request)));
    try {
      long cookie = SocketOptions.cookie(descriptor.number());
      for (ConnectHooks each : hooks) {
        each.watch(cookie);
      }
      routes.discard();
      return new ClientSocket(descriptor, dial(descriptor.number(), request, place.place()));
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  /**
   * Sends a datagram as {@code request} says, from {@code place}, and waits for an answer.
   *
   * @param hooks are told which socket it will be
   * @param routes of this thread; they begin with the call
   */
  static ClientSocket send(
      TraceRequest request,
      OpenedPlace place,
      List<ConnectHooks> hooks,
      RouteWatch routes,
      byte[] datagram)
      throws IOException {
    FileDescriptor descriptor = place.call(() -> FileDescriptor.owning(open(request)));
    try {
      long cookie = SocketOptions.cookie(descriptor.number());
      for (ConnectHooks each : hooks) {
        each.watch(cookie);
      }
      int fd = descriptor.number();
      AddressFamily family = AddressFamily.of(request.destination().getAddress());
      routes.discard();
      long called = System.nanoTime();
      int result = Sockets.sendTo(fd, family, request.destination(), datagram);
      PeerAddress from = new PeerAddress();
      int received = result < 0 ? result : receive(fd, called, request.limit().toNanos(), from);
      Dial dial =
          new Dial(
              place.place(),
              request.destination(),
              called,
              System.nanoTime(),
              Math.max(0, -result),
              address(() -> Sockets.localAddress(fd)),
              received < 0 ? Optional.empty() : Optional.of(from.toSocketAddress()));
      return new ClientSocket(descriptor, dial);
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  private static int receive(int fd, long since, long limitNanos, PeerAddress from)
      throws IOException {
    while (true) {
      int received = Sockets.receiveFrom(fd, MOST_BYTES, from);
      if (received >= 0 || System.nanoTime() - since >= limitNanos) {
        return received;
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("waiting for an answer: interrupted", e);
      }
    }
  }

  private static int open(TraceRequest request) throws Exception {
    AddressFamily family = AddressFamily.of(request.destination().getAddress());
    Callable<Integer> opening =
        () ->
            switch (request.protocol()) {
              case TCP ->
                  request.owner().isPresent()
                      ? request.owner().get().openStream(family)
                      : Sockets.openStream(family);
              case UDP ->
                  request.owner().isPresent()
                      ? request.owner().get().openDatagram(family)
                      : Sockets.openDatagram(family);
            };
    return request.cgroup().isPresent()
        ? CgroupVisit.call(request.cgroup().get(), opening)
        : opening.call();
  }

  private static Dial dial(int fd, TraceRequest request, Place place) {
    AddressFamily family = AddressFamily.of(request.destination().getAddress());
    long called = System.nanoTime();
    int result = Sockets.connect(fd, family, request.destination());
    // Now: after a failure the socket has given its port back.
    Optional<InetSocketAddress> local =
        address(() -> Sockets.localAddress(fd)).filter(address -> address.getPort() > 0);
    if (Errno.EINPROGRESS.returnedBy(result)) {
      result = await(fd, called, request.limit().toNanos());
    }
    long ended = System.nanoTime();
    return new Dial(
        place,
        request.destination(),
        called,
        ended,
        -result,
        local,
        address(() -> Sockets.peerAddress(fd)));
  }

  /** 0 or {@code -errno}, ETIMEDOUT when the time is over. */
  private static int await(int fd, long since, long limitNanos) {
    while (true) {
      long left = limitNanos - (System.nanoTime() - since);
      if (left <= 0) {
        return -Errno.ETIMEDOUT.number();
      }
      int ready = Sockets.awaitWritable(fd, (int) Math.min(left / 1_000_000 + 1, 60_000));
      if (ready > 0) {
        int error = Sockets.pendingError(fd);
        return error > 0 ? -error : error;
      }
    }
  }

  private interface Question {
    InetSocketAddress ask() throws SyscallException;
  }

  private static Optional<InetSocketAddress> address(Question question) {
    try {
      return Optional.of(question.ask());
    } catch (SyscallException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    descriptor.close();
  }
}
