// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.topology.Party;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes many connections of every {@link Conversation}, several at a time. */
final class Soak implements Closeable {
  /** Connections at a time, and threads that answer. */
  private static final int AT_A_TIME = 16;

  private static final int BUFFER_BYTES = 64 * 1024;

  private final List<FutureTask<Integer>> answering = new ArrayList<>();
  private final List<ServerSocketChannel> listeners = new ArrayList<>();

  /**
   * Where the connections of a soak go, in one family.
   *
   * @param server who answers
   * @param denied whom a policy keeps everybody from
   * @param closed where nobody listens
   */
  record Targets(InetSocketAddress server, InetSocketAddress denied, InetSocketAddress closed) {
    InetSocketAddress of(Conversation conversation) {
      return switch (conversation) {
        case DENIED -> denied;
        case REFUSED -> closed;
        case REQUEST, HALF_CLOSE, SERVER_RESET, BULK -> server;
      };
    }
  }

  /** Answers whatever comes to {@code listener}, which becomes this object's. */
  void serve(ServerSocketChannel listener) {
    listeners.add(listener);
    for (int i = 0; i < AT_A_TIME; i++) {
      answering.add(Background.start(() -> answer(listener)));
    }
  }

  private static int answer(ServerSocketChannel listener) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    int answered = 0;
    while (true) {
      try (SocketChannel channel = listener.accept()) {
        Conversation.answer(channel, buffer);
        answered++;
      } catch (ClosedChannelException e) {
        return answered;
      }
    }
  }

  /** Makes {@code count} connections from a namespace, by turns to each of {@code targets}. */
  static void dial(Mesh mesh, Party from, List<Targets> targets, int count) throws Exception {
    // Threads of their own make the sockets; this one is in the right cgroup when it returns.
    mesh.inside(from, () -> true);
    AtomicInteger next = new AtomicInteger();
    List<FutureTask<Integer>> dialling = new ArrayList<>();
    for (int i = 0; i < AT_A_TIME; i++) {
      dialling.add(
          Background.start(
              () -> {
                try (NetworkNamespace namespace = NetworkNamespace.open(mesh.namespace(from))) {
                  return NamespaceThread.call(namespace, () -> dialInTurn(targets, next, count));
                }
              }));
    }
    for (FutureTask<Integer> task : dialling) {
      task.get();
    }
  }

  private static int dialInTurn(List<Targets> targets, AtomicInteger next, int count)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    int made = 0;
    for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
      Conversation conversation = Conversation.of(i);
      InetSocketAddress target = targets.get(i / 100 % targets.size()).of(conversation);
      try (SocketChannel channel = SocketChannel.open(Mesh.familyOf(target))) {
        if (connects(channel, target, conversation)) {
          conversation.speak(channel, buffer);
        }
      } catch (IOException e) {
        throw new IOException("connection " + i + ", " + conversation + " to " + target, e);
      }
      made++;
    }
    return made;
  }

  /** False if the reset that is expected came before connect(2) had returned. */
  private static boolean connects(
      SocketChannel channel, InetSocketAddress target, Conversation conversation)
      throws IOException {
    try {
      channel.connect(target);
      return true;
    } catch (SocketException e) {
      if (conversation.isResetAtOnce()
          && String.valueOf(e.getMessage()).startsWith("Connection reset")) {
        return false;
      }
      throw e;
    }
  }

  /** Fails if one who answered met something that it didn't expect. */
  @Override
  public void close() throws IOException {
    for (ServerSocketChannel listener : listeners) {
      listener.close();
    }
    for (FutureTask<Integer> task : answering) {
      try {
        task.get();
      } catch (Exception e) {
        throw new IOException("answering the connections of a soak", e);
      }
    }
  }
}
