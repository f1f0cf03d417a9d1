// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.failure.Outcome;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.HeldMemory;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.ConnectionRecorder;
import dev.sluice.telemetry.Traffic;
import dev.sluice.telemetry.UpstreamLeg;
import dev.sluice.upstream.ConnectResult;
import dev.sluice.upstream.Connector;
import dev.sluice.upstream.UpstreamAttempt;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Acts on a plan: connects and relays, or refuses. Every connection that is handed in is closed,
 * recorded and gives its slot back exactly once. Thread-safe; each connection stays on its loop.
 */
public final class Forwarding {
  /** For a descriptor that is on no loop yet. */
  private static final LoopDescriptor.Handler NOBODY = new Nobody();

  private final Connector connector;
  private final ConnectionRecorder recorder;
  private final ConnectionSlots slots;
  private final HeldMemory memory;
  private final long idleTicks;
  private final OpenConnections open = new OpenConnections();

  /** Holds as much for slow readers as it takes. */
  public Forwarding(
      Connector connector,
      ConnectionRecorder recorder,
      ConnectionSlots slots,
      Duration idleTimeout) {
    this(connector, recorder, slots, HeldMemory.unlimited(), idleTimeout);
  }

  /**
   * For one workload.
   *
   * @param memory what its relays may hold together for slow readers
   * @param idleTimeout how long a relay may move nothing
   */
  public Forwarding(
      Connector connector,
      ConnectionRecorder recorder,
      ConnectionSlots slots,
      HeldMemory memory,
      Duration idleTimeout) {
    this.connector = connector;
    this.recorder = recorder;
    this.slots = slots;
    this.memory = memory;
    this.idleTicks = Worker.ticks(idleTimeout);
  }

  /** Connects by the first of {@code attempts} that works, and relays to the end. */
  public void forward(Downstream downstream, List<UpstreamAttempt> attempts) {
    recorder.accepted(downstream.origin());
    OpenConnection connection = new OpenConnection(downstream);
    open.add(connection);
    connection.connecting(
        connector.connect(downstream.worker(), attempts, result -> connected(connection, result)));
  }

  /** What is being served. */
  public OpenConnections open() {
    return open;
  }

  /** Resets the client, having connected to nobody. */
  public void refuse(Downstream downstream, Outcome.Failed why) {
    recorder.accepted(downstream.origin());
    reset(downstream.descriptor());
    end(downstream, null, Moved.NOTHING, why, "");
  }

  /**
   * Goes on with a connection of another process, on the loop of {@code worker}, where this is
   * called. Takes over its descriptors.
   */
  public void resume(FrozenConnection frozen, Worker worker) {
    slots.take();
    worker.connectionAdded();
    recorder.takenOver();
    OpenConnection connection =
        new OpenConnection(
            new Downstream(frozen.downstream(), frozen.origin(), frozen.acceptedAtNanos(), worker));
    open.add(connection);
    switch (frozen.upstream()) {
      case FrozenConnection.Connecting connecting ->
          connection.connecting(
              connector.resume(
                  worker, connecting.connect(), result -> connected(connection, result)));
      case FrozenConnection.Relayed relayed -> {
        connector.resumed(relayed.leg(), frozen.origin().client());
        LoopDescriptor upstream = new LoopDescriptor(relayed.descriptor(), NOBODY);
        relay(connection, upstream, relayed.leg(), relayed.note()).resume(relayed);
      }
    }
  }

  private void connected(OpenConnection connection, ConnectResult result) {
    Downstream downstream = connection.downstream();
    switch (result) {
      case ConnectResult.Connected connected -> relay(connection, connected);
      case ConnectResult.Failed failed -> {
        open.remove(connection);
        reset(downstream.descriptor());
        end(downstream, failed.leg(), Moved.NOTHING, failed.outcome(), failed.note());
      }
    }
  }

  private void relay(OpenConnection connection, ConnectResult.Connected connected) {
    relay(connection, connected.socket(), connected.leg(), connected.note())
        .start(connected.events());
  }

  private Relay relay(
      OpenConnection connection, LoopDescriptor upstream, UpstreamLeg leg, String note) {
    Downstream downstream = connection.downstream();
    Relay relay =
        new Relay(
            downstream.worker(),
            memory,
            downstream.descriptor(),
            upstream,
            idleTicks,
            (moved, outcome) -> {
              open.remove(connection);
              connector.released(leg);
              end(downstream, leg, moved, outcome, note);
            });
    connection.relayed(relay, leg, note);
    return relay;
  }

  private void end(
      Downstream downstream, @Nullable UpstreamLeg leg, Moved moved, Outcome outcome, String note) {
    slots.release();
    downstream.worker().connectionEnded();
    Traffic traffic =
        new Traffic(
            moved.received(),
            moved.sent(),
            moved.spliced(),
            System.nanoTime() - downstream.acceptedAtNanos());
    recorder.ended(
        new ConnectionRecord(
            downstream.origin(), leg, traffic, outcome, note, recorder.workload()));
  }

  /**
   * What a client sees for a connection that never came about: an accepted one can only be taken
   * back by RST.
   */
  private static void reset(int descriptor) {
    lingerZero(descriptor);
    Sockets.close(descriptor);
  }

  /** Makes the close that follows send RST. */
  static void lingerZero(int descriptor) {
    try {
      SocketOptions.setLingerZero(descriptor);
    } catch (SyscallException e) {
      // The socket is in no state to send anything; closing it is all that is left.
    }
  }

  /** Makes the close that follows send RST. */
  static void lingerZero(LoopDescriptor socket) {
    if (!socket.isClosed()) {
      lingerZero(socket.number());
    }
  }

  private static final class Nobody implements LoopDescriptor.Handler {
    @Override
    public void ready(int events) {
      throw new IllegalStateException("an event for a socket that isn't relayed yet");
    }

    @Override
    public void loopClosed() {}

    @Override
    public void broken(RuntimeException bug) {
      throw bug;
    }
  }
}
