// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.PacketSocket;
import dev.sluice.linux.socket.PeerCredentials;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Hands a running proxy to whoever connected, or keeps it: {@link Stage} has the story. Blocks the
 * calling thread; one at a time may be in {@link #with}. The proxy is only touched through {@link
 * Source}.
 */
final class Giving {
  /** For the first message. Nothing stands still yet. */
  private static final Duration HELLO_LIMIT = Duration.ofSeconds(5);

  /** For all that follows: no byte of any connection moves meanwhile. */
  private static final Duration STANDSTILL_LIMIT = Duration.ofSeconds(3);

  private final Source source;
  private final Terms terms;
  private final long user;
  private final boolean outlives;

  /**
   * For the proxy {@code source}.
   *
   * @param user who may ask beside root: the user that this process runs as
   * @param outlives whether this process stays afterwards
   */
  Giving(Source source, Terms terms, long user, boolean outlives) {
    this.source = source;
    this.terms = terms;
    this.user = user;
    this.outlives = outlives;
  }

  /**
   * Deals with one who has connected and said what it wants.
   *
   * @param first what {@link #asked} made of it
   * @return how it ended: {@link Stage.Refused}, {@link Stage.Given} or {@link Stage.Kept}. The
   *     socket is closed unless it was given
   */
  Stage with(PacketSocket peer, Stage first) throws SyscallException {
    Stage stage = first;
    if (stage instanceof Stage.Asked asked) {
      stage = judged(asked);
    }
    if (stage instanceof Stage.Refused refused) {
      refuse(peer, refused);
    }
    if (stage instanceof Stage.Standing standing) {
      stage = sent(peer, standing.proxy());
    }
    if (!(stage instanceof Stage.Given)) {
      peer.close();
    }
    return stage;
  }

  /**
   * Waits for what one who has connected wants: {@link Stage.Asked}, or an end. Touches nothing of
   * the proxy, so any number of threads may wait at once.
   */
  Stage asked(PacketSocket peer) {
    try {
      PeerCredentials who = peer.peer();
      if (who.user() != 0 && who.user() != user) {
        return new Stage.Refused(
            "process " + who.process() + " is of user " + who.user() + "; expected " + user);
      }
      Optional<PacketSocket.Packet> first = peer.receive(HELLO_LIMIT);
      if (first.isEmpty()) {
        return new Stage.Kept("");
      }
      return Message.of(first.get().bytes()) instanceof Message.Hello hello
          ? new Stage.Asked(hello)
          : new Stage.Refused("its first message is no greeting");
    } catch (IOException e) {
      return new Stage.Kept("reading what it wants: " + e.getMessage());
    }
  }

  private Stage judged(Stage.Asked asked) {
    Optional<String> reason = terms.against(asked.hello());
    return reason.isPresent()
        ? new Stage.Refused(reason.get())
        : new Stage.Standing(source.standStill());
  }

  private static void refuse(PacketSocket peer, Stage.Refused refused) {
    try {
      peer.send(new Message.Refused(refused.reason()).encoded(), HELLO_LIMIT);
    } catch (SyscallException e) {
      // Whoever is gone needs no answer.
    }
  }

  private Stage sent(PacketSocket peer, FrozenProxy proxy) throws SyscallException {
    long deadline = System.nanoTime() + STANDSTILL_LIMIT.toNanos();
    String failure = "";
    try {
      send(peer, proxy, deadline);
      if (isTaken(peer.receive(left(deadline)))) {
        return given(peer, proxy);
      }
      failure = "it ended before it had taken over";
    } catch (IOException e) {
      failure = String.valueOf(e.getMessage());
    } catch (RuntimeException | OutOfMemoryError e) {
      // Whatever it was: every connection stands still until this is over.
      failure = e.toString();
    }
    // From here on its word is in the queue, or never will be.
    peer.refuseMore();
    if (isTakenAfterAll(peer)) {
      return given(peer, proxy);
    }
    source.goOn();
    return new Stage.Kept(failure);
  }

  private void send(PacketSocket peer, FrozenProxy proxy, long deadline) throws SyscallException {
    try (MemoryFile file = MemoryFile.create("sluice-handover")) {
      ImageWriter.Written image = ImageWriter.write(proxy, file);
      List<Integer> descriptors = image.descriptors();
      boolean stays = outlives && proxy.link().isEmpty();
      peer.send(
          new Message.State(image.at(), image.length(), descriptors.size(), stays).encoded(),
          new int[] {file.number()},
          left(deadline));
      for (int from = 0; from < descriptors.size(); from += PacketSocket.MOST_DESCRIPTORS) {
        int to = Math.min(from + PacketSocket.MOST_DESCRIPTORS, descriptors.size());
        peer.send(
            new Message.Descriptors().encoded(),
            descriptors.subList(from, to).stream().mapToInt(Integer::intValue).toArray(),
            left(deadline));
      }
    }
  }

  private Stage given(PacketSocket peer, FrozenProxy proxy) {
    source.letGo();
    return new Stage.Given(peer, proxy.connections().size());
  }

  private static boolean isTakenAfterAll(PacketSocket peer) {
    try {
      return isTaken(peer.receive(Duration.ZERO));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isTaken(Optional<PacketSocket.Packet> packet) throws IOException {
    return packet.isPresent() && Message.of(packet.get().bytes()) instanceof Message.Taken;
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }
}
