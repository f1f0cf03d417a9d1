// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.intercept.LoopGuard;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.relay.Downstream;
import dev.sluice.relay.DownstreamFactory;
import dev.sluice.relay.Forwarding;
import dev.sluice.telemetry.ConnectionRecorder;
import dev.sluice.telemetry.Counters;
import dev.sluice.upstream.Connector;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The product's own forwarding on one event loop, in front of one server: everything that a proxied
 * connection goes through after it was learned. Closed by whoever made it.
 */
final class ProxyInFront implements AutoCloseable {
  private final InetSocketAddress server;
  private final Workers workers = Workers.start(1, System.err::println);
  private final ConnectionSlots slots = new ConnectionSlots(1);
  private final Forwarding forwarding;

  ProxyInFront(InetSocketAddress server) {
    this.server = server;
    LoopGuard guard = new LoopGuard(new ListenerPorts(15_001, 15_006), new LocalAddresses());
    this.forwarding =
        new Forwarding(
            new Connector(guard, Duration.ofSeconds(5)),
            new ConnectionRecorder(new Counters(), connection -> {}),
            slots,
            Duration.ofHours(1));
  }

  /** A connection to the server that goes through the proxy; the caller closes it. */
  SocketChannel connect() throws IOException {
    int listener = Sockets.openStream(AddressFamily.INET);
    try {
      InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
      Sockets.bind(listener, AddressFamily.INET, new InetSocketAddress(loopback, 0));
      // As the product's listener does it: accepted sockets inherit the option.
      SocketOptions.setTcpNoDelay(listener, true);
      Sockets.listen(listener, 1);
      SocketChannel client = SocketChannel.open(Sockets.localAddress(listener));
      forward(RedirectedConnection.accept(listener));
      return client;
    } finally {
      Sockets.close(listener);
    }
  }

  private void forward(int accepted) throws IOException {
    Worker worker = workers.all().getFirst();
    slots.take();
    Downstream downstream =
        new DownstreamFactory(new AtomicLong(), Direction.OUTBOUND, InterceptionMode.REDIRECT)
            .of(
                accepted,
                worker,
                new ClientAddress(Sockets.peerAddress(accepted)),
                new OriginalDestination(server),
                PathReason.NO_SERVICE);
    UpstreamAttempt attempt =
        new UpstreamAttempt(new EndpointAddress(server), new UpstreamSource.ChosenByKernel(), "");
    worker.execute(() -> forwarding.forward(downstream, List.of(attempt)));
  }

  @Override
  public void close() {
    workers.close();
    if (slots.taken() != 0) {
      throw new IllegalStateException(
          slots.taken() + " connections were not given back; expected none");
    }
  }
}
