// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.PacketSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Between a process that can't end, since it is process 1 of a container, and the one that serves
 * in its place: signals go down, the exit code comes up. It goes along in every later handover, so
 * that process 1 waits for whoever serves at last. Sending is thread-safe; waiting is confined to
 * one thread. Owns the connection.
 */
public final class Link implements AutoCloseable {
  private static final Duration SENDING = Duration.ofSeconds(1);

  /** Nobody hurries: it is waited for again. */
  private static final Duration WAITING = Duration.ofHours(1);

  private final PacketSocket peer;

  /** Takes over {@code peer}. */
  public Link(PacketSocket peer) {
    this.peer = peer;
  }

  /** To be handed over; it stays this object's. */
  public int descriptor() {
    return peer.number();
  }

  /** Passes a signal on, such as {@code TERM}; whoever is gone gets none. */
  public void pass(String signal) {
    send(new Message.Signal(signal));
  }

  /** Says that whoever serves ends with {@code code}. */
  public void end(int code) {
    send(new Message.Ended(code));
  }

  private void send(Message message) {
    try {
      peer.send(message.encoded(), SENDING);
    } catch (SyscallException e) {
      // There is nobody left to be told.
    }
  }

  /** Blocks until whoever serves has ended: its exit code; empty if it ended without a word. */
  public OptionalInt awaitEnd() {
    return await(_ -> {});
  }

  /** Blocks to the end of the connection, and hands each signal to {@code onSignal}. */
  public void listen(Consumer<String> onSignal) {
    await(onSignal);
  }

  private OptionalInt await(Consumer<String> onSignal) {
    while (true) {
      try {
        Optional<PacketSocket.Packet> packet = peer.receive(WAITING);
        if (packet.isEmpty()) {
          return OptionalInt.empty();
        }
        switch (Message.of(packet.get().bytes())) {
          case Message.Ended ended -> {
            return OptionalInt.of(ended.code());
          }
          case Message.Signal signal -> onSignal.accept(signal.name());
          case Message.Hello _,
              Message.Refused _,
              Message.State _,
              Message.Descriptors _,
              Message.Taken _ -> {}
        }
      } catch (SyscallException e) {
        if (!e.is(Errno.EAGAIN)) {
          return OptionalInt.empty();
        }
      } catch (IOException e) {
        return OptionalInt.empty();
      }
    }
  }

  @Override
  public void close() throws SyscallException {
    peer.close();
  }
}
