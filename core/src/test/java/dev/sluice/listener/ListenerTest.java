// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.net.Direction;
import dev.sluice.telemetry.Counters;
import dev.sluice.telemetry.RateLimitedLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** One listening socket, three event loops. */
final class ListenerTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int LOOPS = 3;
  private static final int CONNECTIONS = 30;

  private record Served(AcceptedConnection connection, Thread thread) {}

  @Test
  void spreadsConnectionsThatStayOverTheLoops() throws Exception {
    List<SocketChannel> clients = new ArrayList<>();
    Queue<Served> served = new ConcurrentLinkedQueue<>();
    try (Workers workers = Workers.start(LOOPS, line -> {})) {
      InetSocketAddress address = new InetSocketAddress(LOOPBACK, freePort());
      start(address.getPort(), workers, connection -> served.add(here(connection)));
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(SocketChannel.open(address));
      }
      await().until(() -> served.size() == CONNECTIONS);

      assertThat(workers.all())
          .extracting(Worker::connections)
          .allSatisfy(count -> assertThat(count).isBetween(8, 12));
      assertThat(served).allSatisfy(one -> assertThat(isOnItsLoop(one)).isTrue());
    } finally {
      served.forEach(one -> Sockets.close(one.connection().descriptor()));
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  private static Served here(AcceptedConnection connection) {
    return new Served(connection, Thread.currentThread());
  }

  private static boolean isOnItsLoop(Served one) {
    return one.connection().worker().eventLoop().inEventLoop(one.thread());
  }

  private static void start(int port, Workers workers, AcceptedConnection.Handler handler)
      throws ListenException {
    Listener.open(
            new ListenAddress(
                Direction.OUTBOUND, AddressFamily.INET, port, ListenAddress.Reach.LOOPBACK),
            SocketPlace.here())
        .start(
            workers.all(),
            handler,
            new Listener.Surroundings(
                new ConnectionSlots(CONNECTIONS),
                new Counters(),
                new RateLimitedLog(System.err, "test: ")));
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }
}
