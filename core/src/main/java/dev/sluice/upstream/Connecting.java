// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Timed;
import dev.sluice.loop.Worker;
import dev.sluice.net.LocalAddress;
import dev.sluice.telemetry.UpstreamLeg;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One connect under way, over its attempts. Event-loop confined. */
final class Connecting extends Timed implements LoopDescriptor.Handler, Connector.Pending {
  private final Connector connector;
  private final Worker worker;
  private final List<UpstreamAttempt> attempts;
  private final ConnectResult.Receiver receiver;
  private final StringBuilder note = new StringBuilder();
  private int index = -1;
  private long deadlineTick;
  private int seen;
  private @Nullable LoopDescriptor socket;
  private @Nullable LocalAddress source;

  Connecting(
      Connector connector,
      Worker worker,
      List<UpstreamAttempt> attempts,
      ConnectResult.Receiver receiver) {
    this.connector = connector;
    this.worker = worker;
    this.attempts = attempts;
    this.receiver = receiver;
  }

  /** Goes on with the first of its attempts, which another process began. */
  void resume(FrozenConnect frozen) {
    index = 0;
    addNote(frozen.note());
    LoopDescriptor taken = new LoopDescriptor(frozen.descriptor(), this);
    socket = taken;
    source = frozen.source();
    connector.made(attempts.getFirst(), frozen.source());
    deadlineTick = worker.tick() + frozen.ticksLeft();
    worker.watch(this);
    taken.register(worker.eventLoop());
  }

  @Override
  public FrozenConnect frozen() {
    return new FrozenConnect(
        attempts.subList(index, attempts.size()),
        note.toString(),
        socket().number(),
        Objects.requireNonNull(source, "known as soon as it connects"),
        Math.max(0, deadlineTick - worker.tick()));
  }

  @Override
  public void letGo() {
    worker.unwatch(this);
    socket().closeDuplicate();
    connector.released(leg());
  }

  void next() {
    index++;
    seen = 0;
    UpstreamAttempt attempt = attempts.get(index);
    addNote(attempt.note());
    InetSocketAddress destination = attempt.endpoint().socketAddress();
    AddressFamily family = AddressFamily.of(destination.getAddress());
    int descriptor = connector.place().tryOpenStream(family);
    if (descriptor < 0) {
      failed(ConnectFailures.kindOf(-descriptor), "socket: " + Errno.describe(-descriptor));
      return;
    }
    socket = new LoopDescriptor(descriptor, this);
    try {
      prepare(descriptor, family, attempt.source());
      if (staysHere(attempt)) {
        connector.local().applyTo(descriptor);
      }
    } catch (SyscallException e) {
      FailureKind kind = ConnectFailures.kindOf(e.errno());
      // At bind(2) this errno is about the address, not about ports.
      failed(
          kind == FailureKind.PORTS_EXHAUSTED ? FailureKind.SYSTEM_ERROR : kind,
          String.valueOf(e.getMessage()));
      return;
    }
    int result = Sockets.connect(descriptor, family, destination);
    if (result < 0 && -result != Errno.EINPROGRESS.number()) {
      failed(ConnectFailures.kindOf(-result), "connect: " + Errno.describe(-result));
      return;
    }
    await(attempt, descriptor);
  }

  private void prepare(int descriptor, AddressFamily family, UpstreamSource from)
      throws SyscallException {
    SocketOptions.setTcpNoDelay(descriptor, true);
    switch (from) {
      case UpstreamSource.ChosenByKernel _ -> {}
      case UpstreamSource.Passthrough passthrough ->
          bindToAnyPort(descriptor, family, passthrough.address());
      case UpstreamSource.Announced announced -> {
        connector.announcer().announce(descriptor, announced.client());
        bindToAnyPort(descriptor, family, announced.address());
      }
      case UpstreamSource.ClientHost host -> {
        SocketOptions.setIpTransparent(descriptor, family, true);
        switch (host.ports()) {
          case APART -> {
            SocketOptions.setReuseAddress(descriptor, true);
            Sockets.bind(
                descriptor, family, new InetSocketAddress(host.address(), connector.portApart()));
          }
          case ANY -> bindToAnyPort(descriptor, family, host.address());
        }
      }
      case UpstreamSource.ClientItself itself -> {
        SocketOptions.setIpTransparent(descriptor, family, true);
        SocketOptions.setReuseAddress(descriptor, true);
        Sockets.bind(descriptor, family, itself.client().socketAddress());
      }
    }
  }

  /** Whether the upstream is an application beside the proxy. */
  private static boolean staysHere(UpstreamAttempt attempt) {
    return switch (attempt.source()) {
      case UpstreamSource.Passthrough _, UpstreamSource.Announced _ -> true;
      case UpstreamSource.ChosenByKernel _,
          UpstreamSource.ClientHost _,
          UpstreamSource.ClientItself _ ->
          attempt.endpoint().socketAddress().getAddress().isLoopbackAddress();
    };
  }

  private static void bindToAnyPort(int descriptor, AddressFamily family, InetAddress address)
      throws SyscallException {
    // Without it bind(2) takes a whole port of the address; with it one of the four-tuple.
    SocketOptions.setIpBindAddressNoPort(descriptor, true);
    Sockets.bind(descriptor, family, new InetSocketAddress(address, 0));
  }

  private void await(UpstreamAttempt attempt, int descriptor) {
    try {
      source = new LocalAddress(Sockets.localAddress(descriptor));
    } catch (SyscallException e) {
      failed(FailureKind.SYSTEM_ERROR, String.valueOf(e.getMessage()));
      return;
    }
    connector.made(attempt, source);
    deadlineTick = worker.tick() + connector.timeoutTicks();
    worker.watch(this);
    socket().register(worker.eventLoop());
  }

  @Override
  public void ready(int events) {
    seen |= events;
    // Asking for the error costs a call, and epoll says whether there is one.
    boolean failed = (events & LoopDescriptor.ERROR) != 0;
    int error = failed ? Sockets.pendingError(socket().number()) : 0;
    if (error != 0) {
      failed(ConnectFailures.kindOf(error), "connect: " + Errno.describe(error));
    } else if ((events & LoopDescriptor.WRITABLE) != 0) {
      worker.unwatch(this);
      receiver.connected(new ConnectResult.Connected(socket(), seen, leg(), note.toString()));
    }
  }

  @Override
  protected void tick(long tick) {
    if (tick > deadlineTick) {
      failed(FailureKind.CONNECT_TIMEOUT, "no answer within the connect timeout");
    }
  }

  @Override
  public void abandon(Outcome.Failed why) {
    worker.unwatch(this);
    report(why);
    close();
  }

  @Override
  public void loopClosed() {
    worker.unwatch(this);
    report(new Outcome.Failed(FailureKind.SHUTDOWN, "the proxy stopped while connecting"));
  }

  @Override
  public void broken(RuntimeException bug) {
    worker.unwatch(this);
    report(new Outcome.Failed(FailureKind.SYSTEM_ERROR, bug.toString()));
    close();
  }

  private void failed(FailureKind kind, String detail) {
    worker.unwatch(this);
    if (kind == FailureKind.CONNECT_TIMEOUT || index == attempts.size() - 1) {
      report(new Outcome.Failed(kind, detail));
      close();
      return;
    }
    addNote(attempts.get(index).endpoint() + ": " + detail);
    close();
    next();
  }

  private void report(Outcome.Failed outcome) {
    receiver.connected(new ConnectResult.Failed(outcome, leg(), note.toString()));
  }

  private void close() {
    connector.released(leg());
    source = null;
    if (socket != null) {
      socket.closeDescriptor();
      socket = null;
    }
  }

  private UpstreamLeg leg() {
    return new UpstreamLeg(attempts.get(index).endpoint(), source);
  }

  private void addNote(String text) {
    if (!text.isEmpty()) {
      note.append(note.isEmpty() ? "" : "; ").append(text);
    }
  }

  private LoopDescriptor socket() {
    if (socket == null) {
      throw new IllegalStateException("an event for an upstream socket that is closed");
    }
    return socket;
  }
}
