// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SocketOptionsTest {
  @ParameterizedTest
  @MethodSource("flags")
  void readsBackAFlagItSet(FlagOption option) throws Exception {
    try (FileDescriptor socket = open(option.family())) {
      int fd = socket.number();
      boolean before = option.getter().get(fd);
      option.setter().set(fd, !before);
      assertThat(option.getter().get(fd)).isEqualTo(!before);
      option.setter().set(fd, before);
      assertThat(option.getter().get(fd)).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void setsTheCongestionControlByName(AddressFamily family) throws Exception {
    try (FileDescriptor socket = open(family)) {
      int fd = socket.number();
      SocketOptions.setCongestionControl(fd, "reno");
      assertThat(SocketOptions.congestionControl(fd)).isEqualTo("reno");
      assertThatThrownBy(() -> SocketOptions.setCongestionControl(fd, "no-such"))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT.number()))
          .hasMessageContaining("setsockopt(TCP_CONGESTION)");
      assertThat(SocketOptions.congestionControl(fd)).isEqualTo("reno");
    }
  }

  @Test
  void namesTheOptionThatTheSocketDoesNotHave() throws Exception {
    try (FileDescriptor socket = open(AddressFamily.INET)) {
      int fd = socket.number();
      assertThatThrownBy(() -> SocketOptions.setIpv6Only(fd, true))
          .isInstanceOfSatisfying(
              SyscallException.class,
              e -> assertThat(e.call()).isEqualTo("setsockopt(IPV6_V6ONLY)"))
          .hasMessageContaining("on descriptor " + fd);
    }
    assertThatThrownBy(() -> SocketOptions.mark(-1))
        .hasMessage("getsockopt(SO_MARK) on descriptor -1: EBADF (9)");
  }

  @Test
  void givesEverySocketItsOwnCookieAndOneNamespaceCookie() throws Exception {
    try (FileDescriptor one = open(AddressFamily.INET);
        FileDescriptor two = open(AddressFamily.INET6)) {
      long cookie = SocketOptions.cookie(one.number());
      assertThat(cookie).isNotZero().isEqualTo(SocketOptions.cookie(one.number()));
      assertThat(SocketOptions.cookie(two.number())).isNotEqualTo(cookie);
      assertThat(SocketOptions.netnsCookie(one.number()))
          .isNotZero()
          .isEqualTo(SocketOptions.netnsCookie(two.number()));
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void countsBytesInTcpInfo(AddressFamily family) throws Exception {
    try (LoopbackPair pair = LoopbackPair.open(family);
        NativeBuffer buffer = NativeBuffer.allocate(1000)) {
      buffer.put(0, new byte[1000]);
      assertThat(SocketOptions.tcpInfo(pair.listener()).state()).isEqualTo(TcpState.LISTEN);
      assertThat(Sockets.write(pair.client(), buffer.address(), 1000)).isEqualTo(1000);
      Sockets.shutdownWrite(pair.client());
      pair.awaitClientEnd();
      TcpInfo server = SocketOptions.tcpInfo(pair.server());
      assertThat(server.state()).isEqualTo(TcpState.CLOSE_WAIT);
      // The FIN counts as one.
      assertThat(server.bytesReceived()).hasValue(1001);
      TcpInfo client = SocketOptions.tcpInfo(pair.client());
      assertThat(client.rttMicros()).isPositive();
      assertThat(client.totalRetransmits()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void resetsThePeerAfterLingerZero(AddressFamily family) throws Exception {
    try (LoopbackPair pair = LoopbackPair.open(family);
        NativeBuffer buffer = NativeBuffer.allocate(1)) {
      int client = Sockets.openStream(family);
      Sockets.connect(client, family, Sockets.localAddress(pair.listener()));
      int server = LoopbackPair.accept(pair.listener());
      SocketOptions.setLingerZero(client);
      Sockets.close(client);
      int read = LoopbackPair.repeat(() -> Sockets.read(server, buffer.address(), 1));
      assertThat(Errno.of(-read)).isEqualTo(Errno.ECONNRESET);
      Sockets.close(server);
    }
  }

  private static FileDescriptor open(AddressFamily family) throws SyscallException {
    return FileDescriptor.owning(Sockets.openStream(family));
  }

  /** The flags that need no privilege, each with every family that has it. */
  static Stream<FlagOption> flags() {
    Stream<FlagOption> both =
        Arrays.stream(AddressFamily.values())
            .flatMap(
                family ->
                    Stream.of(
                        new FlagOption(
                            "IP_FREEBIND",
                            family,
                            (fd, on) -> SocketOptions.setIpFreebind(fd, family, on),
                            fd -> SocketOptions.ipFreebind(fd, family)),
                        new FlagOption(
                            "IP_BIND_ADDRESS_NO_PORT",
                            family,
                            SocketOptions::setIpBindAddressNoPort,
                            SocketOptions::ipBindAddressNoPort),
                        new FlagOption(
                            "SO_REUSEADDR",
                            family,
                            SocketOptions::setReuseAddress,
                            SocketOptions::reuseAddress),
                        new FlagOption(
                            "SO_REUSEPORT",
                            family,
                            SocketOptions::setReusePort,
                            SocketOptions::reusePort),
                        new FlagOption(
                            "SO_KEEPALIVE",
                            family,
                            SocketOptions::setKeepAlive,
                            SocketOptions::keepAlive),
                        new FlagOption(
                            "TCP_NODELAY",
                            family,
                            SocketOptions::setTcpNoDelay,
                            SocketOptions::tcpNoDelay)));
    return Stream.concat(
        both,
        Stream.of(
            new FlagOption(
                "IPV6_V6ONLY",
                AddressFamily.INET6,
                SocketOptions::setIpv6Only,
                SocketOptions::ipv6Only)));
  }

  record FlagOption(String name, AddressFamily family, Setter setter, Getter getter) {
    @Override
    public String toString() {
      return name + " of AF_" + family;
    }
  }

  interface Setter {
    void set(int fd, boolean on) throws SyscallException;
  }

  interface Getter {
    boolean get(int fd) throws SyscallException;
  }
}
