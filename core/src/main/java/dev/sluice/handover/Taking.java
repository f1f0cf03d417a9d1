// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.ProcessWatch;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.PacketSocket;
import dev.sluice.linux.socket.PeerCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes a proxy over from the process that runs it. Between {@link #ask} and {@link #confirm} that
 * proxy stands still, so little is to be done there. Confined to one thread, which it blocks.
 */
public final class Taking implements AutoCloseable {
  /** The other one gives up before that. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** A process that was killed needs a moment to be gone. */
  private static final Duration DYING = Duration.ofSeconds(2);

  private final PacketSocket peer;
  private final ProcessWatch process;
  private final Received received;
  private boolean ended;

  private Taking(PacketSocket peer, ProcessWatch process, Received received, boolean ended) {
    this.peer = peer;
    this.process = process;
    this.received = received;
    this.ended = ended;
  }

  private record Received(FrozenProxy proxy, MemoryFile file, boolean peerOutlives) {}

  /**
   * Asks whoever listens at {@code path}.
   *
   * @param user who may be there beside root: the user that this process runs as
   * @return empty if nobody is there, or ended before anything was handed over: then there is
   *     nothing to take over
   * @throws IOException if it refuses, or something fails; that proxy goes on by itself then
   */
  public static Optional<Taking> ask(Path path, Terms terms, long user) throws IOException {
    PacketSocket peer;
    try {
      peer = PacketSocket.connect(path);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ECONNREFUSED)) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      return ask(peer, terms, user);
    } catch (IOException e) {
      peer.close();
      throw e;
    }
  }

  private static Optional<Taking> ask(PacketSocket peer, Terms terms, long user)
      throws IOException {
    PeerCredentials who = peer.peer();
    if (who.user() != 0 && who.user() != user) {
      throw new IOException(
          "the running proxy is of user " + who.user() + "; expected " + user + " or root");
    }
    if (who.process() == 0) {
      throw new IOException(
          "the running proxy is in another PID namespace; expected the same or an inner one");
    }
    Optional<ProcessWatch> living = watch(who.process());
    if (living.isEmpty()) {
      peer.close();
      return Optional.empty();
    }
    ProcessWatch process = living.get();
    try {
      Arrival arrival = new Arrival(peer);
      arrival.run(terms);
      if (!arrival.complete()) {
        if (!process.awaitEnd(DYING)) {
          throw new IOException("the running proxy went on by itself");
        }
        if (arrival.file == null || arrival.descriptors.isEmpty()) {
          process.close();
          peer.close();
          return Optional.empty();
        }
      }
      return Optional.of(new Taking(peer, process, arrival.received(), !arrival.complete()));
    } catch (IOException e) {
      process.close();
      throw e;
    }
  }

  /** Empty if it has ended since it took the connection: then there is no proxy any more. */
  private static Optional<ProcessWatch> watch(int process) throws SyscallException {
    try {
      return Optional.of(ProcessWatch.open(process));
    } catch (SyscallException e) {
      if (e.is(Errno.ESRCH)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** What comes, message by message, until all has or the sender has gone. */
  private static final class Arrival {
    private final PacketSocket peer;
    private final List<FileDescriptor> descriptors = new ArrayList<>();
    private Message.@Nullable State state;
    private @Nullable MemoryFile file;

    Arrival(PacketSocket peer) {
      this.peer = peer;
    }

    void run(Terms terms) throws IOException {
      try {
        peer.send(terms.hello().encoded(), LIMIT);
        while (!complete()) {
          Optional<PacketSocket.Packet> packet = peer.receive(LIMIT);
          if (packet.isEmpty()) {
            return;
          }
          add(packet.get());
        }
      } catch (SyscallException e) {
        if (!e.is(Errno.ECONNRESET) && !e.is(Errno.EPIPE)) {
          throw e;
        }
      }
    }

    boolean complete() {
      return state != null && descriptors.size() == state.descriptors();
    }

    private void add(PacketSocket.Packet packet) throws IOException {
      switch (Message.of(packet.bytes())) {
        case Message.Refused refused ->
            throw new IOException("the running proxy refuses: " + refused.reason());
        case Message.State came -> {
          state = came;
          file = MemoryFile.owning(packet.descriptors().getFirst());
        }
        case Message.Descriptors _ -> descriptors.addAll(packet.descriptors());
        case Message.Hello _, Message.Taken _, Message.Signal _, Message.Ended _ ->
            throw new IOException("the running proxy sent a message that isn't expected now");
      }
    }

    Received received() throws IOException {
      if (state == null || file == null) {
        throw new IllegalStateException("nothing came");
      }
      byte[] image = file.read(state.imageAt(), state.imageLength());
      return new Received(ImageReader.read(file, image, descriptors), file, state.outlives());
    }
  }

  /** What there is to go on with. Not touched before {@link #confirm}. */
  public FrozenProxy proxy() {
    return received.proxy();
  }

  /**
   * Says that this process has it all and serves from now on. When this returns, nobody else does.
   *
   * @throws IOException if the other one went on by itself: then this process must touch nothing of
   *     it, and end
   */
  public void confirm() throws IOException {
    if (ended) {
      return;
    }
    try {
      peer.send(new Message.Taken().encoded(), LIMIT);
    } catch (SyscallException e) {
      if (!process.awaitEnd(DYING)) {
        throw new IOException("the running proxy went on by itself", e);
      }
      ended = true;
    }
  }

  /**
   * The connection to a process that waits for this one to end, such as process 1 of a container;
   * empty if there is none. The caller owns it.
   */
  public Optional<PacketSocket> link() {
    if (received.proxy().link().isPresent()) {
      int number = received.proxy().link().getAsInt();
      return Optional.of(PacketSocket.owning(FileDescriptor.owning(number)));
    }
    return isLink() ? Optional.of(peer) : Optional.empty();
  }

  /** Ends the watching, when all connections are resumed; what was taken over stays. */
  @Override
  public void close() throws SyscallException {
    process.close();
    received.file().close();
    if (!isLink()) {
      peer.close();
    }
  }

  private boolean isLink() {
    return received.peerOutlives() && !ended;
  }
}
