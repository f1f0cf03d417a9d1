// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node.zds;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.PacketSocket;
import dev.sluice.linux.socket.PacketSocket.Packet;
import dev.sluice.node.NodeProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Serves the pods that an agent hands over. When the agent goes away, its pods stay served, and it
 * is looked for again. Confined to one thread.
 */
public final class AgentFollower {
  /** The agent accepts five connections a second and waits five seconds for an answer. */
  private static final Duration BEFORE_TRYING_AGAIN = Duration.ofSeconds(1);

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private final NodeProxy proxy;
  private final Path socket;
  private final Consumer<String> says;
  private final Set<String> handed = new HashSet<>();
  private String complaint = "";
  private volatile boolean known;

  /**
   * For the agent that listens at {@code socket}.
   *
   * @param says gets a line for a person
   */
  public AgentFollower(NodeProxy proxy, Path socket, Consumer<String> says) {
    this.proxy = proxy;
    this.socket = socket;
    this.says = says;
  }

  /** Follows until {@code told} opens. */
  public void run(CountDownLatch told) throws InterruptedException {
    do {
      try (PacketSocket agent = PacketSocket.connect(socket)) {
        agent.send(Messages.hello(), ANSWER_LIMIT);
        complaint = "";
        says.accept("agent at " + socket + ": connected");
        converse(agent, told);
        if (told.getCount() > 0) {
          complain("it has gone");
        }
      } catch (SyscallException e) {
        complain(String.valueOf(e.getMessage()));
      }
    } while (!told.await(BEFORE_TRYING_AGAIN.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Whether an agent has ever named all its pods. Thread-safe. */
  public boolean knowsPods() {
    return known;
  }

  private void converse(PacketSocket agent, CountDownLatch told) throws SyscallException {
    AgentSession session = new AgentSession(proxy, handed);
    while (told.getCount() > 0) {
      Optional<Optional<Packet>> received = receive(agent);
      if (received.isEmpty()) {
        continue;
      }
      if (received.get().isEmpty()) {
        return;
      }
      boolean complete = session.isComplete();
      String error = session.answer(received.get().get());
      if (!error.isEmpty()) {
        says.accept("agent at " + socket + ": refused a request: " + error);
      } else if (session.isComplete() && !complete) {
        known = true;
        says.accept("agent at " + socket + ": all its pods are known, " + handed.size());
      }
      agent.send(Messages.acknowledgement(error), ANSWER_LIMIT);
    }
  }

  /** Empty if nothing has come; in it, empty at the end. */
  private static Optional<Optional<Packet>> receive(PacketSocket agent) throws SyscallException {
    try {
      return Optional.of(agent.receive(BETWEEN_LOOKS));
    } catch (SyscallException e) {
      if (e.is(Errno.EAGAIN)) {
        return Optional.empty();
      }
      if (e.is(Errno.EMSGSIZE)) {
        agent.send(Messages.acknowledgement(String.valueOf(e.getMessage())), ANSWER_LIMIT);
        return Optional.empty();
      }
      throw e;
    }
  }

  private void complain(String line) {
    if (!line.equals(complaint)) {
      says.accept("agent at " + socket + ": " + line + "; trying again, pods stay as they are");
    }
    complaint = line;
  }
}
