// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SocketsTest {
  private static final int O_NONBLOCK = 04000;
  private static final int O_CLOEXEC = 02000000;

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void carriesBytesAndTheEndOfTheStream(AddressFamily family) throws Exception {
    try (LoopbackPair pair = LoopbackPair.open(family);
        NativeBuffer buffer = NativeBuffer.allocate(64)) {
      byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
      buffer.put(0, hello);
      assertThat(Sockets.read(pair.server(), buffer.address() + 32, 32))
          .isEqualTo(-Errno.EAGAIN.number());
      assertThat(Sockets.write(pair.client(), buffer.address(), 5)).isEqualTo(5);
      assertThat(Sockets.shutdownWrite(pair.client())).isZero();
      pair.awaitClientEnd();
      assertThat(Sockets.read(pair.server(), buffer.address() + 32, 32)).isEqualTo(5);
      assertThat(buffer.get(32, 5)).isEqualTo(hello);
      assertThat(Sockets.read(pair.server(), buffer.address(), 32)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void namesBothEndsOfAConnection(AddressFamily family) throws Exception {
    try (LoopbackPair pair = LoopbackPair.open(family)) {
      InetSocketAddress client = Sockets.localAddress(pair.client());
      assertThat(Sockets.peerAddress(pair.server())).isEqualTo(client);
      assertThat(pair.acceptedPeer()).isEqualTo(client);
      assertThat(Sockets.peerAddress(pair.client())).isEqualTo(Sockets.localAddress(pair.server()));
      assertThat(AddressFamily.of(client.getAddress())).isEqualTo(family);
    }
  }

  @Test
  void connectsAnIpv6SocketToAnIpv4Address() throws Exception {
    int listener = Sockets.openStream(AddressFamily.INET);
    int client = Sockets.openStream(AddressFamily.INET6);
    try {
      Sockets.bind(
          listener,
          AddressFamily.INET,
          new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      Sockets.listen(listener, 1);
      InetSocketAddress target = Sockets.localAddress(listener);
      int result = Sockets.connect(client, AddressFamily.INET6, target);
      assertThat(result == 0 || Errno.EINPROGRESS.returnedBy(result)).isTrue();
      assertThat(Sockets.peerAddress(client)).isEqualTo(target);
    } finally {
      Sockets.close(client);
      Sockets.close(listener);
    }
  }

  @Test
  void refusesAnIpv6AddressOnAnIpv4Socket() throws Exception {
    int fd = Sockets.openStream(AddressFamily.INET);
    try {
      InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("::1"), 80);
      assertThat(Errno.EAFNOSUPPORT.returnedBy(Sockets.connect(fd, AddressFamily.INET, six)))
          .isTrue();
    } finally {
      Sockets.close(fd);
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void namesTheAddressThatIsInUse(AddressFamily family) throws Exception {
    try (LoopbackPair pair = LoopbackPair.open(family)) {
      InetSocketAddress taken = Sockets.localAddress(pair.listener());
      int fd = Sockets.openStream(family);
      try {
        assertThatThrownBy(() -> Sockets.bind(fd, family, taken))
            .isInstanceOfSatisfying(
                SyscallException.class,
                e -> assertThat(e.is(Errno.EADDRINUSE)).as(e.getMessage()).isTrue())
            .hasMessageContaining("bind of descriptor " + fd + " to ")
            .hasMessageContaining("" + taken.getPort())
            .hasMessageContaining("EADDRINUSE (98)");
      } finally {
        Sockets.close(fd);
      }
    }
  }

  @Test
  void reportsARefusedConnectOnce() throws Exception {
    // Bound and not listening: nobody else can get the port meanwhile.
    int holder = Sockets.openStream(AddressFamily.INET);
    int fd = Sockets.openStream(AddressFamily.INET);
    try {
      Sockets.bind(
          holder, AddressFamily.INET, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      int result = Sockets.connect(fd, AddressFamily.INET, Sockets.localAddress(holder));
      int error = Errno.EINPROGRESS.returnedBy(result) ? Sockets.pendingError(fd) : -result;
      assertThat(Errno.of(error)).isEqualTo(Errno.ECONNREFUSED);
      assertThat(Sockets.pendingError(fd)).isZero();
    } finally {
      Sockets.close(fd);
      Sockets.close(holder);
    }
  }

  @Test
  void reportsAClosedDescriptorAsNegativeErrno() throws Exception {
    int never = 1_000_000_000;
    assertThat(Errno.EBADF.returnedBy(Sockets.accept(never, new PeerAddress()))).isTrue();
    assertThat(Errno.EBADF.returnedBy(Sockets.close(never))).isTrue();
    assertThat(Errno.EBADF.returnedBy(Sockets.pendingError(never))).isTrue();
    assertThatThrownBy(() -> Sockets.localAddress(never))
        .hasMessage("getsockname on descriptor 1000000000: EBADF (9)");
  }

  @Test
  void refusesANameInsteadOfAnAddress() throws Exception {
    int fd = Sockets.openStream(AddressFamily.INET);
    try {
      InetSocketAddress name = InetSocketAddress.createUnresolved("example.org", 80);
      assertThatThrownBy(() -> Sockets.tryBind(fd, AddressFamily.INET, name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("example.org");
    } finally {
      Sockets.close(fd);
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void opensAndAcceptsNonBlockingAndClosedOnExec(AddressFamily family) throws Exception {
    int datagram = Sockets.openDatagram(family);
    try (LoopbackPair pair = LoopbackPair.open(family)) {
      for (int fd : new int[] {pair.listener(), pair.client(), pair.server(), datagram}) {
        assertThat(openFlags(fd) & O_NONBLOCK).as("O_NONBLOCK of %s", fd).isNotZero();
        assertThat(openFlags(fd) & O_CLOEXEC).as("O_CLOEXEC of %s", fd).isNotZero();
      }
    } finally {
      Sockets.close(datagram);
    }
  }

  @Test
  void opensDatagramSockets() throws Exception {
    int fd = Sockets.openDatagram(AddressFamily.INET6);
    try {
      Sockets.bind(fd, AddressFamily.INET6, new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
      assertThat(Sockets.localAddress(fd).getPort()).isPositive();
      assertThatThrownBy(() -> Sockets.listen(fd, 1)).hasMessageContaining("EOPNOTSUPP (95)");
    } finally {
      Sockets.close(fd);
    }
  }

  private static int openFlags(int fd) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd))) {
      if (line.startsWith("flags:")) {
        return Integer.parseInt(line.substring("flags:".length()).strip(), 8);
      }
    }
    throw new AssertionError("/proc/self/fdinfo/" + fd + " has no flags");
  }
}
