// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A connection of every kind that a handover has to carry: a stream through pipes, one whose reader
 * doesn't read, so that every buffer and pipe on its way is full, a half-closed one, and one whose
 * upstream hasn't answered yet.
 */
final class EveryKind implements AutoCloseable {
  /** More than fits into all buffers. */
  static final long MUCH = 48L << 20;

  private static final long REST_NANOS = 10_000_000;

  /** Between two SYN of a connect that has gone on for long. */
  private static final int RETRANSMISSION_MILLIS = 70_000;

  private final Pair stream;
  private final Pair slow;
  private final Pair half;
  private final @Nullable Waiting waiting;
  private final AtomicBoolean enough = new AtomicBoolean();
  private final Future<Stream> slowlySent;
  private final Future<Stream> sent;
  private final Future<Stream> received;

  private EveryKind(List<Pair> pairs, @Nullable Waiting waiting, Talkers talkers) {
    stream = pairs.get(0);
    slow = pairs.get(1);
    half = pairs.get(2);
    this.waiting = waiting;
    slowlySent = talkers.start(() -> Stream.send(slow.client(), MUCH));
    sent = talkers.start(() -> Stream.sendWhile(stream.client(), this::more));
    received = talkers.start(() -> Stream.receive(stream.server()));
  }

  /** Connects all of them, each with bytes under way. */
  static EveryKind open(
      Mesh mesh, ServerSocketChannel server, Family family, Talkers talkers, boolean connecting)
      throws Exception {
    InetSocketAddress address = Mesh.address(Party.SERVER, family, server.socket().getLocalPort());
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      pairs.add(Pair.of(mesh.connect(Party.CLIENT, address), server));
    }
    pairs.get(2).client().send((byte) 1).endOutput();
    assertThat(pairs.get(2).server().ending()).isEqualTo(Wire.Ending.END);
    return new EveryKind(pairs, connecting ? Waiting.of(mesh, family) : null, talkers);
  }

  private boolean more() {
    // So that the rest of a test gets something of the processors.
    LockSupport.parkNanos(REST_NANOS);
    return !enough.get();
  }

  int count() {
    return waiting == null ? 3 : 4;
  }

  /** As the access log writes them. */
  Set<String> sources() {
    Set<String> sources = new HashSet<>();
    for (Pair pair : List.of(stream, slow, half)) {
      sources.add(pair.client().local());
    }
    if (waiting != null) {
      sources.add(waiting.client().local());
    }
    return sources;
  }

  /**
   * Has the half-closed one carry a byte. With nat rules it has to within a minute: conntrack
   * forgets such a connection then ({@code nf_conntrack_tcp_timeout_close_wait}).
   */
  void stir() throws IOException {
    half.server().send((byte) 7);
    assertThat(half.client().receive(1)).containsExactly(7);
  }

  /** Ends all of them, and sees that every byte came. */
  void endWhole() throws Exception {
    half.server().send(new byte[5000]).close();
    assertThat(half.client().receive(5000)).hasSize(5000);
    enough.set(true);
    Stream whole = Talkers.get(sent);
    stream.client().endOutput();
    assertThat(Stream.receive(slow.server(), MUCH)).isEqualTo(Talkers.get(slowlySent));
    assertThat(Talkers.get(received)).isEqualTo(whole);
    if (waiting != null) {
      waiting.letIn();
    }
    close();
  }

  /** The one that carried {@link #MUCH}. */
  Wire slowClient() {
    return slow.client();
  }

  @Override
  public void close() throws IOException {
    slow.hangUp();
    stream.hangUp();
    half.hangUp();
    if (waiting != null) {
      waiting.close();
    }
  }

  /** A client whose upstream has not answered yet, since the server's queue is full. */
  private record Waiting(ServerSocketChannel full, List<SocketChannel> queued, Wire client)
      implements AutoCloseable {
    static Waiting of(Mesh mesh, Family family) throws Exception {
      InetSocketAddress any = new InetSocketAddress(family == Family.IPV4 ? "0.0.0.0" : "::", 0);
      ServerSocketChannel full = mesh.listenWithBacklog(Party.SERVER, any, 1);
      InetSocketAddress address = Mesh.address(Party.SERVER, family, full.socket().getLocalPort());
      List<SocketChannel> queued = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        SocketChannel channel = mesh.socket(Party.SERVER, address);
        channel.connect(address);
        queued.add(channel);
      }
      return new Waiting(full, queued, mesh.connect(Party.CLIENT, address).send((byte) 42));
    }

    /** Makes room, and sees the client served. */
    void letIn() throws Exception {
      full.socket().setSoTimeout(RETRANSMISSION_MILLIS);
      for (SocketChannel channel : queued) {
        full.socket().accept().close();
        channel.close();
      }
      try (Wire served = new Wire(full.socket().accept().getChannel())) {
        assertThat(served.receive(1)).containsExactly(42);
        served.send((byte) 43);
        assertThat(client.receive(1)).containsExactly(43);
      }
    }

    @Override
    public void close() throws IOException {
      client.close();
      full.close();
    }
  }
}
