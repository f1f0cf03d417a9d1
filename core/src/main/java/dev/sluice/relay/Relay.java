// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.loop.HeldMemory;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Timed;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.UpstreamLeg;

/**
 * Two sockets and the bytes between them, until both directions have ended. Event-loop confined.
 *
 * <ul>
 *   <li>Backpressure: a direction reads only when all that it read before is written. At most
 *       {@link dev.sluice.loop.BufferPool#BUFFER_BYTES} a direction wait in user space.
 *   <li>Half-close: an end of stream is passed on with {@code shutdown(2)}, the other direction
 *       goes on. The second end closes both.
 *   <li>A busy direction is spliced, see {@link Pump}.
 *   <li>A reset by one side is a reset to the other.
 * </ul>
 *
 * <p>Owns both descriptors.
 */
final class Relay extends Timed {
  /** How often a busy connection moves bytes before the others of the loop have their turn. */
  private static final int TURN = 16;

  private static final int MISTRUSTED =
      LoopDescriptor.URGENT | LoopDescriptor.ERROR | LoopDescriptor.HANGUP;

  private final Worker worker;
  private final LoopDescriptor downstream;
  private final LoopDescriptor upstream;
  private final Pump received;
  private final Pump sent;
  private final long idleTicks;
  private final EndListener listener;
  private final Runnable onTurn = this::nextTurn;
  private long lastActiveTick;
  private boolean turnScheduled;
  private boolean watchesPipes;
  private boolean ended;

  /** Told once, when both descriptors are closed. */
  @FunctionalInterface
  interface EndListener {
    /** What was moved, and how it ended. */
    void ended(Moved moved, Outcome outcome);
  }

  Relay(
      Worker worker,
      HeldMemory memory,
      int downstreamDescriptor,
      LoopDescriptor upstream,
      long idleTicks,
      EndListener listener) {
    this.worker = worker;
    this.downstream = new LoopDescriptor(downstreamDescriptor, new Side(true));
    this.upstream = upstream;
    Holdings holdings = new Holdings(worker, memory);
    this.received = new Pump(holdings, downstream, upstream);
    this.sent = new Pump(holdings, upstream, downstream);
    this.idleTicks = idleTicks;
    this.listener = listener;
  }

  /**
   * What the upstream has waiting is moved at once: it came with the answer to the connect, as
   * {@code upstreamEvents} tell, and no other edge will. Of the downstream the registration tells.
   */
  void start(int upstreamEvents) {
    upstream.handOverTo(new Side(false));
    downstream.register(worker.eventLoop());
    lastActiveTick = worker.tick();
    watchIdleness();
    ready(false, upstreamEvents);
  }

  /**
   * Goes on from where a relay of another process stood. What its sockets have waiting the
   * registrations tell. Its idle time begins anew.
   */
  void resume(FrozenConnection.Relayed frozen) {
    upstream.handOverTo(new Side(false));
    lastActiveTick = worker.tick();
    watchIdleness();
    try {
      received.resume(frozen.received());
      sent.resume(frozen.sent());
    } catch (SyscallException e) {
      abort(new Outcome.Failed(FailureKind.SYSTEM_ERROR, "taking over: " + e.getMessage()));
      return;
    }
    watchPipes();
    downstream.register(worker.eventLoop());
    upstream.register(worker.eventLoop());
  }

  /** Where it stands, between two turns. */
  FrozenConnection.Relayed frozen(UpstreamLeg leg, String note) {
    return new FrozenConnection.Relayed(
        leg, note, upstream.number(), received.frozen(), sent.frozen());
  }

  /** Another process goes on with it: this one forgets it, and neither peer notices. */
  void letGo() {
    ended = true;
    worker.unwatch(this);
    received.release();
    sent.release();
    downstream.closeDuplicate();
    upstream.closeDuplicate();
  }

  private void ready(boolean isDownstream, int events) {
    Pump from = isDownstream ? received : sent;
    Pump to = isDownstream ? sent : received;
    if ((events & LoopDescriptor.READABLE) != 0) {
      from.becameReadable();
    }
    if ((events & LoopDescriptor.PEER_ENDED) != 0) {
      from.becameEnding();
    }
    if ((events & MISTRUSTED) != 0) {
      from.becameMistrusting();
    }
    if ((events & LoopDescriptor.WRITABLE) != 0) {
      to.becameWritable();
    }
    if ((events & LoopDescriptor.ERROR) != 0 && !from.willRead()) {
      // Nobody would read the reset: all was read before it, or what was read waits for a slow
      // reader, who would not learn of the reset until it has taken that.
      abort(isDownstream ? FailureKind.DOWNSTREAM_RESET : FailureKind.UPSTREAM_RESET);
      return;
    }
    if (!turnScheduled) {
      nextTurn();
    }
  }

  private void nextTurn() {
    turnScheduled = false;
    if (ended) {
      return;
    }
    lastActiveTick = worker.tick();
    if (!move(received) || !move(sent)) {
      return;
    }
    if (received.isFinished() && sent.isFinished()) {
      // Closing passes the ends on that were not yet, at no cost of its own.
      end(Outcome.Closed.INSTANCE);
      return;
    }
    received.passEndOn();
    sent.passEndOn();
    watchPipes();
    if (received.hasMore() || sent.hasMore()) {
      turnScheduled = true;
      worker.execute(onTurn);
    }
  }

  private boolean move(Pump pump) {
    int error = pump.move(TURN);
    if (error != 0) {
      failed(pump, error);
    }
    return error == 0;
  }

  private void failed(Pump pump, int error) {
    boolean downstreamFailed = (pump == received) == pump.failedReading();
    if (error == Errno.ECONNRESET.number() || error == Errno.EPIPE.number()) {
      abort(downstreamFailed ? FailureKind.DOWNSTREAM_RESET : FailureKind.UPSTREAM_RESET);
    } else {
      String side = downstreamFailed ? "downstream: " : "upstream: ";
      abort(new Outcome.Failed(FailureKind.SYSTEM_ERROR, side + Errno.describe(error)));
    }
  }

  private void abort(FailureKind kind) {
    abort(new Outcome.Failed(kind, ""));
  }

  /** Whoever is still there learns it by RST, as it would have without us. */
  void abort(Outcome.Failed outcome) {
    Forwarding.lingerZero(downstream);
    Forwarding.lingerZero(upstream);
    end(outcome);
  }

  private void end(Outcome outcome) {
    if (ended) {
      return;
    }
    ended = true;
    worker.unwatch(this);
    received.release();
    sent.release();
    downstream.closeDescriptor();
    upstream.closeDescriptor();
    listener.ended(moved(), outcome);
  }

  /** So far. */
  Moved moved() {
    return new Moved(
        received.bytesRead(), sent.bytesWritten(), received.bytesSpliced() + sent.bytesSpliced());
  }

  @Override
  protected void tick(long tick) {
    if (tick - lastActiveTick > idleTicks) {
      abort(FailureKind.IDLE_TIMEOUT);
      return;
    }
    received.tick();
    sent.tick();
    if (!received.hasPipe() && !sent.hasPipe()) {
      watchIdleness();
    }
  }

  /** Of ten thousand connections without a byte none is looked at before it can be idle. */
  private void watchIdleness() {
    watchesPipes = false;
    worker.watch(this, lastActiveTick + idleTicks + 1);
  }

  /** Pipes have to be given back soon. */
  private void watchPipes() {
    if (!watchesPipes && (received.hasPipe() || sent.hasPipe())) {
      watchesPipes = true;
      worker.watch(this);
    }
  }

  /** Which of the two descriptors has events. */
  private final class Side implements LoopDescriptor.Handler {
    private final boolean isDownstream;

    Side(boolean isDownstream) {
      this.isDownstream = isDownstream;
    }

    @Override
    public void ready(int events) {
      if (!ended) {
        Relay.this.ready(isDownstream, events);
      }
    }

    @Override
    public void loopClosed() {
      abort(FailureKind.SHUTDOWN);
    }

    @Override
    public void broken(RuntimeException bug) {
      abort(new Outcome.Failed(FailureKind.SYSTEM_ERROR, bug.toString()));
    }
  }
}
