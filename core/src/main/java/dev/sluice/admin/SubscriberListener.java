// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.RateLimitedLog;

/** Lets readers of the access log in. Event-loop confined; owns its descriptor. */
final class SubscriberListener implements LoopDescriptor.Handler {
  private static final long PAUSE_MILLIS = 100;

  private final LoopDescriptor socket;
  private final String name;
  private final Door.Known door;
  private final AccessLogStream stream;
  private final Worker worker;
  private final RateLimitedLog complaints;
  private final PeerAddress nobody = new PeerAddress();

  SubscriberListener(
      int descriptor,
      String name,
      Door.Known door,
      AccessLogStream stream,
      Worker worker,
      RateLimitedLog complaints) {
    this.socket = new LoopDescriptor(descriptor, this);
    this.name = name;
    this.door = door;
    this.stream = stream;
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
      int descriptor = Sockets.accept(socket.number(), nobody);
      if (descriptor >= 0) {
        admit(descriptor);
      } else if (Errno.EAGAIN.returnedBy(descriptor)) {
        return;
      } else if (!Errno.ECONNABORTED.returnedBy(descriptor)) {
        complaints.say("log_stream", "accepting on " + name + ": " + Errno.describe(-descriptor));
        worker.executeLater(this::acceptAll, PAUSE_MILLIS);
        return;
      }
    }
  }

  private void admit(int descriptor) {
    String objection =
        door.objectionTo(descriptor)
            .orElseGet(
                () ->
                    stream.admit(descriptor)
                        ? ""
                        : "one more; expected "
                            + AccessLogStream.MOST_SUBSCRIBERS
                            + " readers at most");
    if (!objection.isEmpty()) {
      complaints.say("log_stream_refused", name + " refused " + objection);
      Sockets.close(descriptor);
    }
  }

  @Override
  public void loopClosed() {
    // Whoever reads along is the stream's.
  }

  @Override
  public void broken(RuntimeException bug) {
    complaints.say("log_stream_bug", "serving " + name + ": " + bug);
  }
}
