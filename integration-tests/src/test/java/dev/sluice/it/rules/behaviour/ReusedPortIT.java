// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.linux.ffi.PollCalls;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.DnsCapture;
import dev.sluice.rules.Family;
import dev.sluice.rules.Interception;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.Selection;
import dev.sluice.rules.Subnet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An application that connects to a server from the port that a connection of the proxy had doesn't
 * get past the proxy, even while conntrack remembers that connection.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ReusedPortIT {
  private static final List<Family> FAMILIES = List.of(Family.values());
  private static final SocketOwner APPLICATION = new SocketOwner(1000, 1000);
  private static final int PORT = 80;
  private static final int PATIENCE_MILLIS = 10_000;

  /** Long enough for the kernel to repeat a first packet once. */
  private static final int GLANCE_MILLIS = 1_500;

  private static final String HOLE =
      "table inet hole { chain c { type filter hook input priority 0; tcp dport %d drop; }; }\n";

  private final Namespace pod = Namespace.open("pod");
  private final Namespace world = Namespace.open("world");
  private final ServerSocket server;
  private final ServerSocket proxy;
  private final List<Integer> opened = new ArrayList<>();

  ReusedPortIT() throws Exception {
    pod.ip("link add eth0 type veth peer name eth0 netns " + world.name() + "\n");
    lay(pod, 2);
    lay(world, 1);
    server = NamespaceThread.call(world.handle(), () -> new ServerSocket(PORT));
    proxy = NamespaceThread.call(pod.handle(), () -> new ServerSocket(15001));
  }

  private static void lay(Namespace namespace, int host) throws CommandException {
    namespace.ip(
        """
        addr add %s/24 dev eth0
        addr add %s/64 dev eth0 nodad
        link set eth0 up
        """
            .formatted(
                address(Family.IPV4, host).getHostAddress(),
                address(Family.IPV6, host).getHostAddress()));
  }

  private static InetAddress address(Family family, int host) {
    return InetAddress.ofLiteral((family == Family.IPV4 ? "10.11.0." : "fd00:11::") + host);
  }

  /** The test needn't wait ten seconds for an entry to go. */
  @BeforeAll
  void forgetSoon() throws CommandException {
    pod.run(Command.of("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_close=1"));
  }

  @AfterEach
  void closeSockets() {
    opened.forEach(Sockets::close);
    opened.clear();
  }

  @AfterAll
  void removeAll() throws IOException {
    proxy.close();
    server.close();
    pod.close();
    world.close();
  }

  /** The proxy of the pod itself, and that of the node. */
  private record Dialler(SocketOwner owner, int mark) {
    static Dialler of(Interception interception) {
      return interception == Interception.NODE
          ? new Dialler(new SocketOwner(0, 0), 0x539)
          : new Dialler(new SocketOwner(1337, 1337), 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "REDIRECT, IPTABLES_NFT",
    "REDIRECT, IPTABLES_LEGACY",
    "REDIRECT, NFTABLES",
    "TPROXY, NFTABLES",
    "NODE, IPTABLES_NFT",
    "NODE, IPTABLES_LEGACY",
    "NODE, NFTABLES"
  })
  void isCapturedOnceTheConnectionIsForgottenThatTheServerReset(
      Interception interception, Backend backend) throws Exception {
    Dialler own = Dialler.of(interception);
    try (Programmed _ = programmed(interception, backend)) {
      for (Family family : FAMILIES) {
        int port = ClientPorts.next();
        letReset(own, family, port);
        // Whoever was left alone still is, by the same entry.
        letReset(own, family, port);

        connect(new Dialler(APPLICATION, 0), family, port);

        assertThat(portAtNext(proxy, PATIENCE_MILLIS)).isEqualTo(port);
        assertThat(backlog(server)).as("past the proxy").isZero();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "REDIRECT, IPTABLES_NFT",
    "REDIRECT, IPTABLES_LEGACY",
    "REDIRECT, NFTABLES",
    "NODE, IPTABLES_NFT",
    "NODE, NFTABLES"
  })
  void doesNotPassWhileAFirstPacketIsRememberedThatNobodyAnswered(
      Interception interception, Backend backend) throws Exception {
    Dialler own = Dialler.of(interception);
    try (Programmed _ = programmed(interception, backend)) {
      int port = ClientPorts.next();
      world.run(Command.of("nft", "-f", "-").withInput(HOLE.formatted(PORT)));
      for (Family family : FAMILIES) {
        connect(own, family, port);
      }
      closeSockets();
      world.run(Command.of("nft", "delete", "table", "inet", "hole"));

      for (Family family : FAMILIES) {
        connect(new Dialler(APPLICATION, 0), family, port);
      }

      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> portAtNext(server, GLANCE_MILLIS));
      assertThat(backlog(proxy)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("within")
  void staysWithinThePodWhenItsFirstPacketIsRepeated(Within within) throws Exception {
    try (Programmed _ = programmed(within.options(), Backend.NFTABLES);
        ServerSocket here =
            NamespaceThread.call(pod.handle(), () -> new ServerSocket(within.port()))) {
      int port = ClientPorts.next();
      pod.run(Command.of("nft", "-f", "-").withInput(HOLE.formatted(within.port())));
      for (Family family : FAMILIES) {
        connect(
            new Dialler(APPLICATION, within.mark()),
            family,
            port,
            new InetSocketAddress(address(family, 2), within.port()));
      }
      pod.run(Command.of("nft", "delete", "table", "inet", "hole"));

      for (Family _ : FAMILIES) {
        assertThat(portAtNext(here, PATIENCE_MILLIS)).isEqualTo(port);
      }
    }
  }

  /** What nat leaves alone with a proxy of the node, by where it goes and who sends it. */
  record Within(int port, int mark, RuleOptions options) {}

  static Stream<Within> within() {
    RuleOptions node = RuleOptions.defaults(Interception.NODE);
    Stream<String> withLoopback = Stream.of("127.0.0.1/32", "::1/128", "0.0.0.0/0", "::/0");
    OutboundSelection loopbackToo =
        OutboundSelection.of(new AddressSelection.Only(withLoopback.map(Subnet::parse).toList()));
    return Stream.of(
        new Within(53, 0, node.withDns(new DnsCapture.Everything())),
        new Within(
            8080,
            RuleOptions.NODE_MARK,
            node.withSelection(Selection.INJECTOR.withOutbound(loopbackToo))));
  }

  private Programmed programmed(Interception interception, Backend backend) throws Exception {
    return programmed(RuleOptions.defaults(interception), backend);
  }

  private Programmed programmed(RuleOptions options, Backend backend) throws Exception {
    Programmed programmed = new Programmed(pod, backend);
    programmed.change(RulePlanner.plan(options, FAMILIES));
    return programmed;
  }

  private void letReset(Dialler own, Family family, int port) throws Exception {
    int fd = connect(own, family, port);
    try (Socket accepted = accept(server, PATIENCE_MILLIS)) {
      assertThat(accepted.getPort()).isEqualTo(port);
      accepted.setSoLinger(true, 0);
    }
    assertThat(PollCalls.awaitReadable(fd, PATIENCE_MILLIS)).isPositive();
    closeSockets();
  }

  /** Doesn't wait for an answer. */
  private int connect(Dialler by, Family family, int port) throws Exception {
    return connect(by, family, port, new InetSocketAddress(address(family, 1), PORT));
  }

  private int connect(Dialler by, Family family, int port, InetSocketAddress to) throws Exception {
    return NamespaceThread.call(
        pod.handle(),
        () -> {
          AddressFamily addressFamily = AddressFamily.of(to.getAddress());
          int fd = by.owner().openStream(addressFamily);
          opened.add(fd);
          SocketOptions.setReuseAddress(fd, true);
          if (by.mark() != 0) {
            SocketOptions.setMark(fd, by.mark());
          }
          Sockets.bind(fd, addressFamily, new InetSocketAddress(address(family, 2), port));
          int _ = Sockets.connect(fd, addressFamily, to);
          return fd;
        });
  }

  private static int portAtNext(ServerSocket listener, int millis) throws IOException {
    try (Socket accepted = accept(listener, millis)) {
      return accepted.getPort();
    }
  }

  private static Socket accept(ServerSocket listener, int millis) throws IOException {
    listener.setSoTimeout(millis);
    return listener.accept();
  }

  /** How many connections wait there now. */
  private static int backlog(ServerSocket listener) throws IOException {
    int waiting = 0;
    while (true) {
      try {
        portAtNext(listener, 1);
        waiting++;
      } catch (SocketTimeoutException e) {
        return waiting;
      }
    }
  }
}
