// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.netlink.DestroyOutcome;
import dev.sluice.linux.netlink.SocketDiagnostics;
import dev.sluice.linux.netlink.SocketEntry;
import dev.sluice.linux.netlink.SocketId;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.TcpState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets ended through sock_diag, each in a namespace of the test. */
class SocketDestroyIT {
  private static final int PORT = 5353;

  private Scenery scenery;
  private SocketDiagnostics diagnostics;

  @BeforeEach
  void open() throws Exception {
    scenery = Scenery.open();
    diagnostics = scenery.call(SocketDiagnostics::open);
  }

  @AfterEach
  void close() throws IOException {
    diagnostics.close();
    scenery.close();
  }

  @ParameterizedTest
  @CsvSource({
    "INET, " + Scenery.SERVICE_V4,
    "INET6, " + Scenery.SERVICE_V6,
    "INET6, " + Scenery.SERVICE_V4
  })
  void endsAConnectedDatagramSocketAndNoOther(AddressFamily family, String peer) throws Exception {
    try (FileDescriptor meant = connected(family, peer);
        FileDescriptor other = connected(family, peer)) {
      SocketId id = entry(SocketProtocol.UDP, family, meant).id();
      assertThat(diagnostics.destroy(id)).isEqualTo(DestroyOutcome.ENDED);
      assertThat(Sockets.pendingError(meant.number())).isEqualTo(Errno.ECONNABORTED.number());
      assertThat(Sockets.pendingError(other.number())).isZero();
      // Neither connected nor bound any more, it has no port and no place in the kernel's tables.
      assertThat(Sockets.localAddress(meant.number()).getPort()).isZero();
      assertThat(entry(SocketProtocol.UDP, family, other).state()).isEqualTo(TcpState.ESTABLISHED);
      assertThat(diagnostics.destroy(id)).isEqualTo(DestroyOutcome.NOT_FOUND);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INET, " + Scenery.SERVICE_V4,
    "INET6, " + Scenery.SERVICE_V6,
    "INET6, " + Scenery.SERVICE_V4
  })
  void endsOneHalfOfAConnectionAndTheOtherIsReset(AddressFamily listening, String target)
      throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral(target), PORT);
    try (Connection connection = scenery.call(() -> Connection.open(listening, PORT, address))) {
      // The accepted half has the listener's family: with a dual-stack listener, v4-mapped.
      SocketId id = entry(SocketProtocol.TCP, listening, connection.server()).id();
      assertThat(diagnostics.find(id).orElseThrow().state()).isEqualTo(TcpState.ESTABLISHED);
      assertThat(diagnostics.destroy(id)).isEqualTo(DestroyOutcome.ENDED);
      assertThat(Sockets.pendingError(connection.server().number()))
          .isEqualTo(Errno.ECONNABORTED.number());
      assertThat(Sockets.pendingError(connection.client().number()))
          .isEqualTo(Errno.ECONNRESET.number());
      assertThat(entry(SocketProtocol.TCP, listening, connection.listener()).state())
          .isEqualTo(TcpState.LISTEN);
    }
  }

  @ParameterizedTest
  @CsvSource({"UDP", "TCP"})
  void leavesASocketAloneThatHasTheAddressesAndAnotherCookie(SocketProtocol protocol)
      throws Exception {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.ofLiteral(Scenery.SERVICE_V4), PORT);
    try (Connection connection =
            scenery.call(() -> Connection.open(AddressFamily.INET, PORT, address));
        FileDescriptor datagram = connected(AddressFamily.INET, Scenery.SERVICE_V4)) {
      FileDescriptor socket = protocol == SocketProtocol.UDP ? datagram : connection.client();
      SocketId id = entry(protocol, AddressFamily.INET, socket).id();
      SocketId former =
          new SocketId(
              protocol, id.family(), id.local(), id.remote(), id.interfaceIndex(), id.cookie() - 1);
      assertThat(diagnostics.destroy(former)).isEqualTo(DestroyOutcome.NOT_FOUND);
      assertThat(Sockets.pendingError(socket.number())).isZero();
      assertThat(diagnostics.find(id).orElseThrow().state()).isEqualTo(TcpState.ESTABLISHED);
    }
  }

  @Test
  void findsADisconnectedSocketUnderItsFormerPeerAndTellsItsPresentOne() throws Exception {
    try (FileDescriptor socket = bound(InetAddress.ofLiteral("0.0.0.0"))) {
      connect(socket, AddressFamily.INET, Scenery.SERVICE_V4);
      SocketId id = entry(SocketProtocol.UDP, AddressFamily.INET, socket).id();
      SocketId unconnected =
          new SocketId(
              id.protocol(),
              id.family(),
              id.local(),
              new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 7),
              0,
              id.cookie());
      assertThat(diagnostics.find(unconnected)).isEmpty();
      assertThat(diagnostics.destroy(id)).isEqualTo(DestroyOutcome.ENDED);
      // Bound explicitly, so it keeps its port: a lookup with any peer finds it now.
      assertThat(diagnostics.find(unconnected).orElseThrow().id().remote().getPort()).isZero();
    }
  }

  @Test
  void wakesAReceiverThatWaits() throws Exception {
    try (DatagramChannel channel = scenery.call(SocketDestroyIT::jvmSocket)) {
      CountDownLatch about = new CountDownLatch(1);
      FutureTask<Void> receiver =
          new FutureTask<>(
              () -> {
                about.countDown();
                channel.read(ByteBuffer.allocate(16));
                return null;
              });
      Thread.ofPlatform().daemon().start(receiver);
      about.await();
      // The JVM's own socket: AF_INET6, although both of its addresses are IPv4.
      SocketEntry entry =
          diagnostics.list(SocketProtocol.UDP, AddressFamily.INET6).stream()
              .filter(each -> each.state() == TcpState.ESTABLISHED)
              .findFirst()
              .orElseThrow();
      assertThat(diagnostics.destroy(entry.id())).isEqualTo(DestroyOutcome.ENDED);
      assertThatThrownBy(() -> receiver.get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IOException.class)
          .hasMessageContaining("connection abort");
    }
  }

  @Test
  void staysInTheNamespaceThatItWasOpenedIn() throws Exception {
    try (Scenery elsewhere = Scenery.open();
        SocketDiagnostics other = elsewhere.call(SocketDiagnostics::open);
        FileDescriptor socket = connected(AddressFamily.INET, Scenery.SERVICE_V4)) {
      SocketId id = entry(SocketProtocol.UDP, AddressFamily.INET, socket).id();
      assertThat(other.list(SocketProtocol.UDP, AddressFamily.INET)).isEmpty();
      assertThat(other.destroy(id)).isEqualTo(DestroyOutcome.NOT_FOUND);
      assertThat(Sockets.pendingError(socket.number())).isZero();
    }
  }

  private static DatagramChannel jvmSocket() throws IOException {
    return DatagramChannel.open()
        .connect(new InetSocketAddress(InetAddress.ofLiteral(Scenery.SERVICE_V4), PORT));
  }

  private FileDescriptor connected(AddressFamily family, String peer) throws Exception {
    FileDescriptor socket = scenery.call(() -> FileDescriptor.owning(Sockets.openDatagram(family)));
    connect(socket, family, peer);
    return socket;
  }

  private FileDescriptor bound(InetAddress local) throws Exception {
    Callable<FileDescriptor> open =
        () -> FileDescriptor.owning(Sockets.openDatagram(AddressFamily.INET));
    FileDescriptor socket = scenery.call(open);
    Sockets.bind(socket.number(), AddressFamily.INET, new InetSocketAddress(local, 40000));
    return socket;
  }

  private static void connect(FileDescriptor socket, AddressFamily family, String peer) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral(peer), PORT);
    assertThat(Sockets.connect(socket.number(), family, address)).isZero();
  }

  private SocketEntry entry(SocketProtocol protocol, AddressFamily family, FileDescriptor socket)
      throws IOException {
    long cookie = SocketOptions.cookie(socket.number());
    List<SocketEntry> own =
        diagnostics.list(protocol, family).stream()
            .filter(entry -> entry.id().cookie() == cookie)
            .toList();
    assertThat(own).hasSize(1);
    return own.getFirst();
  }
}
