// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.RateLimitedLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;

/**
 * Accepts requests at one socket. Of many that are open at the same time, the one that waits
 * longest for its request gives way, so that whoever is slow keeps nobody else out. Event-loop
 * confined; owns its descriptor.
 */
final class HttpListener implements LoopDescriptor.Handler {
  /** Open at the same time. */
  static final int MOST_CONNECTIONS = 12;

  private static final long PAUSE_MILLIS = 100;
  private static final InetSocketAddress NOWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final LoopDescriptor socket;
  private final Worker worker;
  private final Entrance entrance;
  private final RateLimitedLog complaints;
  private final ArrayDeque<HttpConnection> open = new ArrayDeque<>();
  private final PeerAddress peer = new PeerAddress();

  /**
   * A socket to listen at, and what is behind it.
   *
   * @param name for messages
   */
  record Entrance(String name, int descriptor, Door door, RoutesOnDemand routes) {}

  HttpListener(Entrance entrance, Worker worker, RateLimitedLog complaints) {
    this.entrance = entrance;
    this.socket = new LoopDescriptor(entrance.descriptor(), this);
    this.worker = worker;
    this.complaints = complaints;
  }

  void start() {
    socket.registerToAccept(worker.eventLoop());
    acceptAll();
  }

  @Override
  public void ready(int events) {
    acceptAll();
  }

  private void acceptAll() {
    while (!socket.isClosed()) {
      int descriptor = Sockets.accept(socket.number(), peer);
      if (descriptor >= 0) {
        admit(descriptor);
      } else if (-descriptor == Errno.EAGAIN.number()) {
        return;
      } else if (-descriptor != Errno.ECONNABORTED.number()) {
        complaints.say(
            "admin", "accepting on " + entrance.name() + ": " + Errno.describe(-descriptor));
        worker.executeLater(this::acceptAll, PAUSE_MILLIS);
        return;
      }
    }
  }

  private void admit(int descriptor) {
    InetSocketAddress client =
        entrance.door() instanceof Door.Known ? NOWHERE : peer.toSocketAddress();
    var objection = entrance.door().objection(descriptor, client);
    if (objection.isPresent()) {
      complaints.say("admin_refused", entrance.name() + " refused " + objection.get());
      Sockets.close(descriptor);
      return;
    }
    if (open.size() >= MOST_CONNECTIONS) {
      open.removeFirst().giveWay();
    }
    HttpConnection connection = new HttpConnection(descriptor, worker, entrance, open::remove);
    open.addLast(connection);
    connection.start();
  }

  @Override
  public void loopClosed() {
    // Whoever waits is reset, as by any server that stops.
  }

  @Override
  public void broken(RuntimeException bug) {
    complaints.say("admin_bug", "serving " + entrance.name() + ": " + bug);
  }
}
