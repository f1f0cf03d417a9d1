// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketProbes;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransparentSocketIT {
  private final Scenery scenery;

  TransparentSocketIT() throws IOException {
    scenery = Scenery.open();
  }

  @AfterEach
  void close() throws IOException {
    scenery.close();
  }

  @ParameterizedTest(name = "a socket of {0} bound to {1}")
  @CsvSource({"INET, 192.0.2.7", "INET6, 2001:db8:77::7", "INET6, 192.0.2.7"})
  void bindsToAForeignAddressOnlyWhenTransparentOrFree(AddressFamily family, String foreign)
      throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral(foreign), 40000);
    assertThatThrownBy(() -> bound(family, address, (fd, _) -> assertThat(fd).isPositive()))
        .hasMessageContaining("EADDRNOTAVAIL (99)")
        .hasMessageContaining(foreign.replace("::", ":0:0:0:0:"));
    assertThat(bound(family, address, (fd, own) -> SocketOptions.setIpTransparent(fd, own, true)))
        .isEqualTo(address);
    assertThat(bound(family, address, (fd, own) -> SocketOptions.setIpFreebind(fd, own, true)))
        .isEqualTo(address);
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void readsBackThatASocketIsTransparent(AddressFamily family) throws Exception {
    try (FileDescriptor socket = FileDescriptor.owning(Sockets.openStream(family))) {
      int fd = socket.number();
      assertThat(SocketOptions.ipTransparent(fd, family)).isFalse();
      SocketOptions.setIpTransparent(fd, family, true);
      assertThat(SocketOptions.ipTransparent(fd, family)).isTrue();
      SocketOptions.setIpTransparent(fd, family, false);
      assertThat(SocketOptions.ipTransparent(fd, family)).isFalse();
    }
    assertThat(SocketProbes.ipTransparent(family)).isEqualTo(new ProbeResult.Supported());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1337, 1338, -1, Integer.MIN_VALUE})
  void readsBackEveryBitOfAMark(int mark) throws Exception {
    for (AddressFamily family : AddressFamily.values()) {
      try (FileDescriptor socket = FileDescriptor.owning(Sockets.openStream(family))) {
        SocketOptions.setMark(socket.number(), mark);
        assertThat(SocketOptions.mark(socket.number())).isEqualTo(mark);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void marksWhatTheSocketSends(AddressFamily family) throws Exception {
    String iptables = family == AddressFamily.INET ? "iptables" : "ip6tables";
    scenery.run(
        iptables,
        "-A",
        "OUTPUT",
        "-p",
        "tcp",
        "-m",
        "mark",
        "--mark",
        "1337",
        "-j",
        "REJECT",
        "--reject-with",
        "tcp-reset");
    assertThat(connectWithMark(family, 1338)).isEqualTo(0);
    assertThat(connectWithMark(family, 1337)).isEqualTo(Errno.ECONNREFUSED.number());
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void leavesThePortToConnectWhenAsked(AddressFamily family) throws Exception {
    InetSocketAddress service = service(family);
    assertThat(
            bound(family, service, (fd, _) -> SocketOptions.setIpBindAddressNoPort(fd, true))
                .getPort())
        .isZero();
    assertThat(
            bound(family, service, (fd, _) -> SocketOptions.setIpBindAddressNoPort(fd, false))
                .getPort())
        .isPositive();
  }

  /** Binds to {@code address} inside and returns the local address after it. */
  private InetSocketAddress bound(AddressFamily family, InetSocketAddress address, Preparation p)
      throws Exception {
    return scenery.call(
        () -> {
          try (FileDescriptor socket = FileDescriptor.owning(Sockets.openStream(family))) {
            p.prepare(socket.number(), family);
            Sockets.bind(socket.number(), family, address);
            return Sockets.localAddress(socket.number());
          }
        });
  }

  /** The positive error number of connecting to a listener inside with the mark, or 0. */
  private int connectWithMark(AddressFamily family, int mark) throws Exception {
    return scenery.call(
        () -> {
          try (FileDescriptor listener = FileDescriptor.owning(Sockets.openStream(family));
              FileDescriptor client = FileDescriptor.owning(Sockets.openStream(family))) {
            Sockets.bind(listener.number(), family, service(family));
            Sockets.listen(listener.number(), 1);
            SocketOptions.setMark(client.number(), mark);
            InetSocketAddress target = Sockets.localAddress(listener.number());
            int result = Sockets.connect(client.number(), family, target);
            return Errno.EINPROGRESS.returnedBy(result)
                ? Sockets.pendingError(client.number())
                : -result;
          }
        });
  }

  private static InetSocketAddress service(AddressFamily family) {
    String host = family == AddressFamily.INET ? Scenery.SERVICE_V4 : Scenery.SERVICE_V6;
    return new InetSocketAddress(InetAddress.ofLiteral(host), 0);
  }

  private interface Preparation {
    void prepare(int fd, AddressFamily family) throws IOException;
  }
}
