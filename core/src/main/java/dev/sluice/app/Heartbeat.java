// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.SyscallException;
import dev.sluice.loop.Worker;
import dev.sluice.socketlb.CaptureChannel;
import dev.sluice.telemetry.RateLimitedLog;

/**
 * Tells the programs that capture for this proxy that it serves, on an event loop: a loop that
 * hangs serves nobody. Event-loop confined once it is started.
 */
final class Heartbeat {
  private static final long PERIOD_MILLIS = CaptureChannel.SIGN_OF_LIFE.toMillis();

  private final CaptureChannel channel;
  private final Worker worker;
  private final RateLimitedLog complaints;

  private Heartbeat(CaptureChannel channel, Worker worker, RateLimitedLog complaints) {
    this.channel = channel;
    this.worker = worker;
    this.complaints = complaints;
  }

  /** Begins at once, before it returns, and ends with the loop. */
  static void start(CaptureChannel channel, Worker worker, RateLimitedLog complaints) {
    Heartbeat heartbeat = new Heartbeat(channel, worker, complaints);
    heartbeat.giveSign();
    worker.execute(heartbeat::beat);
  }

  private void giveSign() {
    try {
      channel.giveSignOfLife();
    } catch (SyscallException e) {
      complaints.say("heartbeat", "telling the kernel that the proxy serves: " + e.getMessage());
    }
  }

  private void beat() {
    giveSign();
    if (!worker.eventLoop().isShuttingDown()) {
      worker.executeLater(this::beat, PERIOD_MILLIS);
    }
  }
}
