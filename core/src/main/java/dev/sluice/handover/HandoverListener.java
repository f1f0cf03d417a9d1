// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.PacketListener;
import dev.sluice.linux.socket.PacketSocket;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Waits at a socket file for a process that wants to take over. It waits on an event loop, so that
 * it costs a running proxy no thread; each handover has one of its own. Opened and closed by one
 * thread.
 */
public final class HandoverListener implements AutoCloseable {
  private final Path path;
  private final Object file;
  private final PacketListener listener;
  private final Parties parties;
  private boolean given;

  /**
   * Who is concerned.
   *
   * @param source what is handed over
   * @param terms under which
   * @param user who may ask beside root: the user that this process runs as
   * @param outlives whether this process stays when it has given everything away
   * @param onGiven is called once it has, with the connection to whoever took it
   * @param complaints is told of those who were refused
   */
  public record Parties(
      Source source,
      Terms terms,
      long user,
      boolean outlives,
      Consumer<Given> onGiven,
      RateLimitedLog complaints) {}

  /**
   * What was given away, to whom.
   *
   * @param peer the connection to it; whoever is told owns it
   */
  public record Given(PacketSocket peer, int connections) {}

  private HandoverListener(Path path, Object file, PacketListener listener, Parties parties) {
    this.path = path;
    this.file = file;
    this.listener = listener;
    this.parties = parties;
  }

  /**
   * Waits at {@code path}, in place of whoever waited there before.
   *
   * @throws IOException if the file can't be made
   */
  public static HandoverListener open(Path path, Parties parties, Worker worker)
      throws IOException {
    // Made beside it and moved there, since a socket file in use can't be bound again.
    Path made = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
    Files.deleteIfExists(made);
    PacketListener listener = PacketListener.open(made);
    Object file = Files.getAttribute(made, "unix:ino");
    Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    HandoverListener waiting = new HandoverListener(path, file, listener, parties);
    worker.execute(() -> waiting.register(worker));
    return waiting;
  }

  /** Whether somebody listens at {@code path}. */
  public static boolean isServed(Path path) {
    try {
      PacketSocket.connect(path).close();
      return true;
    } catch (SyscallException e) {
      return !e.is(Errno.ENOENT) && !e.is(Errno.ECONNREFUSED);
    }
  }

  private void register(Worker worker) {
    new LoopDescriptor(listener.number(), new Door()).registerToAccept(worker.eventLoop());
  }

  private final class Door implements LoopDescriptor.Handler {
    @Override
    public void ready(int events) {
      try {
        Optional<PacketSocket> peer = listener.accept();
        while (peer.isPresent()) {
          PacketSocket asking = peer.get();
          Thread.ofPlatform().daemon().name("sluice-handover").start(() -> serve(asking));
          peer = listener.accept();
        }
      } catch (SyscallException e) {
        parties.complaints().say("handover", "waiting for a handover: " + e.getMessage());
      }
    }

    @Override
    public void loopClosed() {}

    @Override
    public void broken(RuntimeException bug) {
      parties.complaints().say("handover", "waiting for a handover: " + bug);
    }
  }

  private void serve(PacketSocket peer) {
    try {
      Giving giving =
          new Giving(parties.source(), parties.terms(), parties.user(), parties.outlives());
      // Not yet one at a time: whoever is silent holds up neither others who ask nor the end.
      serve(peer, giving, giving.asked(peer));
    } catch (IOException e) {
      parties.complaints().say("handover", "not handing over: " + e.getMessage());
    } catch (RuntimeException | OutOfMemoryError bug) {
      parties.complaints().say("handover", "not handing over: " + bug);
      abandon(peer);
    }
  }

  /** One at a time, and none after one that took it. */
  private synchronized void serve(PacketSocket peer, Giving giving, Stage first)
      throws IOException {
    if (given) {
      peer.close();
      return;
    }
    switch (giving.with(peer, first)) {
      case Stage.Given done -> {
        given = true;
        parties.onGiven().accept(new Given(done.peer(), done.connections()));
      }
      case Stage.Refused refused ->
          parties.complaints().say("handover", "not handing over: " + refused.reason());
      case Stage.Kept kept -> {
        // Whoever goes without a word only looked whether somebody is here.
        if (!kept.reason().isEmpty()) {
          parties.complaints().say("handover", "not handing over: " + kept.reason());
        }
      }
      case Stage.Asked _, Stage.Standing _ ->
          throw new IllegalStateException("a handover that has no end");
    }
  }

  private static void abandon(PacketSocket peer) {
    try {
      peer.close();
    } catch (SyscallException e) {
      // It is closed whatever close(2) says.
    }
  }

  /** The socket file. */
  public Path path() {
    return path;
  }

  /**
   * Waits no more, once a handover that is under way has ended. The file goes, unless it is
   * somebody else's by now.
   */
  @Override
  public synchronized void close() {
    if (given) {
      return;
    }
    // Whoever has connected and said nothing yet gets nothing any more.
    given = true;
    try {
      if (Files.getAttribute(path, "unix:ino").equals(file)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // It is gone already.
    }
  }
}
