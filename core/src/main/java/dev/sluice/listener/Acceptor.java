// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Worker;
import dev.sluice.net.ClientAddress;
import java.util.List;

/**
 * Accepts on one worker. When no descriptor is left it pauses: the connections wait in the kernel's
 * queue, and nothing spins. Event-loop confined.
 */
final class Acceptor implements LoopDescriptor.Handler {
  /** Between connections in one go the loop serves the others. */
  private static final int BATCH = 64;

  private static final long PAUSE_MILLIS = 50;

  private final LoopDescriptor socket;
  private final ListenAddress address;
  private final Worker worker;
  private final List<Worker> workers;
  private final AcceptedConnection.Handler handler;
  private final Listener.Surroundings surroundings;
  private final PeerAddress peer = new PeerAddress();
  private final Runnable onContinue = this::acceptSome;
  private boolean scheduled;
  private volatile boolean keeping;
  private boolean stopping;
  private volatile boolean stopped;

  Acceptor(
      int descriptor,
      ListenAddress address,
      Worker worker,
      List<Worker> workers,
      AcceptedConnection.Handler handler,
      Listener.Surroundings surroundings) {
    this.socket = new LoopDescriptor(descriptor, this);
    this.address = address;
    this.worker = worker;
    this.workers = workers;
    this.handler = handler;
    this.surroundings = surroundings;
  }

  /** From now on what is accepted is served here, or by any loop again. Thread-safe. */
  void keepOwn(boolean keep) {
    keeping = keep;
  }

  Worker worker() {
    return worker;
  }

  void start() {
    if (socket.isClosed()) {
      return;
    }
    socket.registerToAccept(worker.eventLoop());
    acceptSome();
  }

  void stop() {
    socket.closeDuplicate();
    stopped = true;
  }

  /** Takes the connections that wait in the kernel's queue, and stops when none does. */
  void stopWhenNoneWaits() {
    if (!stopping && !stopped) {
      stopping = true;
      acceptSome();
    }
  }

  /** Thread-safe. */
  boolean isStopped() {
    return stopped;
  }

  @Override
  public void ready(int events) {
    if (!scheduled) {
      acceptSome();
    }
  }

  @Override
  public void loopClosed() {
    // What waits in the queue is reset by the kernel, as for any server that stops.
  }

  @Override
  public void broken(RuntimeException bug) {
    surroundings.complaints().say("accept_bug", "serving a connection to " + address + ": " + bug);
  }

  private void acceptSome() {
    scheduled = false;
    for (int i = 0; i < BATCH; i++) {
      if (socket.isClosed()) {
        return;
      }
      int descriptor = Sockets.accept(socket.number(), peer);
      if (descriptor >= 0) {
        hand(descriptor);
      } else if (-descriptor == Errno.EAGAIN.number()) {
        if (stopping) {
          stop();
        }
        return;
      } else if (-descriptor != Errno.ECONNABORTED.number()) {
        pause(-descriptor);
        return;
      }
    }
    scheduled = true;
    worker.execute(onContinue);
  }

  private void hand(int descriptor) {
    boolean withinLimit = surroundings.slots().take();
    Worker server = keeping ? worker : LeastConnections.of(worker, workers);
    server.connectionAdded();
    AcceptedConnection connection =
        new AcceptedConnection(
            descriptor,
            address.family(),
            new ClientAddress(peer.toSocketAddress()),
            withinLimit,
            server);
    if (server.equals(worker)) {
      handler.accepted(connection);
    } else {
      handOver(connection);
    }
  }

  private void handOver(AcceptedConnection connection) {
    connection
        .worker()
        .execute(
            () -> {
              try {
                handler.accepted(connection);
              } catch (RuntimeException bug) {
                broken(bug);
              }
            });
  }

  private void pause(int errno) {
    scheduled = true;
    surroundings.counters().acceptPaused();
    surroundings
        .complaints()
        .say(
            "accept",
            "accepting on "
                + address
                + ": "
                + Errno.describe(errno)
                + (Listener.isExhaustion(errno)
                    ? "; new connections wait until descriptors are free"
                    : ""));
    worker.executeLater(onContinue, PAUSE_MILLIS);
  }
}
