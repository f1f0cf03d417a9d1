// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.TcpState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Our own sockets on loopback, looked at without privileges. */
class SocketDiagnosticsTest {
  @ParameterizedTest
  @CsvSource({"INET, 127.0.0.1", "INET6, ::1", "INET6, 127.0.0.1"})
  void listsAndFindsAConnectedDatagramSocket(AddressFamily family, String loopback)
      throws Exception {
    try (FileDescriptor socket = FileDescriptor.owning(Sockets.openDatagram(family));
        SocketDiagnostics diagnostics = SocketDiagnostics.open()) {
      InetSocketAddress peer = new InetSocketAddress(InetAddress.ofLiteral(loopback), 9);
      assertThat(Sockets.connect(socket.number(), family, peer)).isZero();
      SocketEntry listed = only(diagnostics.list(SocketProtocol.UDP, family), socket);
      assertThat(listed.id())
          .isEqualTo(
              new SocketId(
                  SocketProtocol.UDP,
                  family,
                  Sockets.localAddress(socket.number()),
                  peer,
                  0,
                  SocketOptions.cookie(socket.number())));
      assertThat(listed.state()).isEqualTo(TcpState.ESTABLISHED);
      assertThat(listed.inode()).isPositive();
      assertThat(diagnostics.find(listed.id())).contains(listed);
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void listsAndFindsAListener(AddressFamily family) throws Exception {
    String loopback = family == AddressFamily.INET ? "127.0.0.1" : "::1";
    try (FileDescriptor socket = FileDescriptor.owning(Sockets.openStream(family));
        SocketDiagnostics diagnostics = SocketDiagnostics.open()) {
      Sockets.bind(
          socket.number(), family, new InetSocketAddress(InetAddress.ofLiteral(loopback), 0));
      Sockets.listen(socket.number(), 1);
      SocketEntry listed = only(diagnostics.list(SocketProtocol.TCP, family), socket);
      assertThat(listed.state()).isEqualTo(TcpState.LISTEN);
      assertThat(listed.id().local()).isEqualTo(Sockets.localAddress(socket.number()));
      assertThat(diagnostics.find(listed.id()).orElseThrow().id()).isEqualTo(listed.id());
    }
  }

  @Test
  void findsNothingUnderAnotherCookie() throws Exception {
    try (FileDescriptor socket = connected();
        SocketDiagnostics diagnostics = SocketDiagnostics.open()) {
      SocketId id = only(diagnostics.list(SocketProtocol.UDP, AddressFamily.INET), socket).id();
      SocketId other =
          new SocketId(
              id.protocol(), id.family(), id.local(), id.remote(), 0, id.cookie() ^ (1L << 40));
      assertThat(diagnostics.find(other)).isEmpty();
    }
  }

  @Test
  void readsAListThatTakesManyDatagrams() throws Exception {
    List<FileDescriptor> sockets = new ArrayList<>();
    try (SocketDiagnostics diagnostics = SocketDiagnostics.open()) {
      for (int i = 0; i < 2000; i++) {
        sockets.add(connected());
      }
      List<Long> cookies =
          diagnostics.list(SocketProtocol.UDP, AddressFamily.INET).stream()
              .map(entry -> entry.id().cookie())
              .toList();
      assertThat(cookies).doesNotHaveDuplicates();
      for (FileDescriptor socket : sockets) {
        assertThat(cookies).contains(SocketOptions.cookie(socket.number()));
      }
    } finally {
      for (FileDescriptor socket : sockets) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, EPERM (1): needs CAP_NET_ADMIN in the user namespace that owns the network namespace",
    "95, 'EOPNOTSUPP (95): this kernel is without CONFIG_INET_DIAG_DESTROY: sockets of gone"
        + " backends stay until their owners notice by themselves'",
    "22, EINVAL (22)"
  })
  void saysWhatFollowsWhenASocketCanNotBeEnded(int errno, String complaint) {
    SocketId id =
        new SocketId(
            SocketProtocol.UDP,
            AddressFamily.INET6,
            new InetSocketAddress(InetAddress.ofLiteral("10.7.1.2"), 40000),
            new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 53),
            0,
            -1);
    assertThat(SocketDiagnostics.notDestroyed(errno, id))
        .hasMessage(
            "sock_diag(SOCK_DESTROY) of UDP 10.7.1.2:40000 to [2001:db8:0:0:0:0:0:1]:53 (cookie"
                + " 18446744073709551615): "
                + complaint);
  }

  @Test
  void canNotBeUsedOnceItIsClosed() throws Exception {
    SocketDiagnostics diagnostics = SocketDiagnostics.open();
    diagnostics.close();
    diagnostics.close();
    assertThatThrownBy(() -> diagnostics.list(SocketProtocol.TCP, AddressFamily.INET))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("it is closed");
  }

  private static FileDescriptor connected() throws Exception {
    FileDescriptor socket = FileDescriptor.owning(Sockets.openDatagram(AddressFamily.INET));
    InetSocketAddress peer = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9);
    assertThat(Sockets.connect(socket.number(), AddressFamily.INET, peer)).isZero();
    return socket;
  }

  private static SocketEntry only(List<SocketEntry> entries, FileDescriptor socket)
      throws Exception {
    long cookie = SocketOptions.cookie(socket.number());
    List<SocketEntry> own =
        entries.stream().filter(entry -> entry.id().cookie() == cookie).toList();
    assertThat(own).hasSize(1);
    return own.getFirst();
  }
}
