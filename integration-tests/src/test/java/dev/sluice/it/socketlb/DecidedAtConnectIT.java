// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.model.TransportProtocol;
import dev.sluice.net.ExemptMark;
import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPath;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.process.Command;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedSet;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.ServiceTraffic;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the programs do with a policy that was decided before: deny, mark, and count. */
class DecidedAtConnectIT {
  private static final String WHY = "because the test says so";
  private static final DataPath DENIED =
      new DataPath.Socket(PathReason.DENIED, WHY, new PolicyDecision.Denied("a/b", WHY));
  private static final DataPath PROXIED = new DataPath.Proxied(PathReason.SOURCE_ADDRESS, WHY);
  private static final DataPath SOCKET = DataPath.Socket.WITHOUT_POLICY;

  /** 1: decided by the socket, 2: denied, 3: proxied, 4: nobody listens. */
  private static final List<BackendSet> SETS =
      Stream.of("10.96.0.", "fd96::")
          .flatMap(
              net ->
                  Stream.of(
                      set(net + 1, TransportProtocol.TCP, 9001, SOCKET),
                      set(net + 1, TransportProtocol.UDP, 9003, SOCKET),
                      set(net + 2, TransportProtocol.TCP, 9001, DENIED),
                      set(net + 3, TransportProtocol.TCP, 9001, PROXIED),
                      set(net + 4, TransportProtocol.TCP, 9, SOCKET)))
          .toList();

  private Scene scene;

  @BeforeEach
  void open() throws IOException {
    scene = Scene.open("decided");
    scene.backends(
        Stream.of(Scene.SERVER_V4, Scene.SERVER_V6)
            .flatMap(
                server ->
                    Stream.of(
                        "tcp:" + server + ":9001:one",
                        "greet:" + server + ":9002:greeter",
                        "udp:" + server + ":9003:datagrams"))
            .toList());
    apply(SETS, Optional.of(ExemptMark.DEFAULT));
  }

  @AfterEach
  void close() throws IOException {
    scene.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.96.0.2", "fd96::2", "::ffff:10.96.0.2"})
  void refusesWhomEveryPolicyDenies(String service) throws IOException {
    assertThat(scene.python("print(who('%s', 80))".formatted(service))).isEqualTo("ECONNREFUSED");
    String later =
        """
        s = made('%s', socket.SOCK_STREAM)
        s.setblocking(False)
        print(errno.errorcode[s.connect_ex(('%s', 80))])
        """
            .formatted(service, service);
    assertThat(scene.python(later)).as("a socket that doesn't wait").isEqualTo("ECONNREFUSED");
    ListedSet set = listed(service.replace("::ffff:", ""), "TCP");
    assertThat(set.traffic()).isEqualTo(new ServiceTraffic(2, 0, 0, 0, 0, 0, 0, 0));
    assertThat(set.backends().getFirst().connections()).isZero();
    assertThat(set.way()).isEqualTo(new InstalledLoadBalancer.Way(PathReason.DENIED, WHY));
  }

  @ParameterizedTest
  @CsvSource({
    "10.96.0., 10.55.0.11, AF_INET",
    "fd96::, fd55::11, AF_INET6",
    "::ffff:10.96.0., ::ffff:10.55.0.11, AF_INET6"
  })
  void marksSocketsThatNeedNoProxyAndNoOthers(String net, String server, String family)
      throws IOException {
    String text =
        """
        def sock(kind=socket.SOCK_STREAM, mark=0):
            s = socket.socket(socket.%1$s, kind)
            s.settimeout(1)
            if mark:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
            return s
        def mark(s, host, port):
            s.connect_ex((host, port))
            return s.getsockopt(socket.SOL_SOCKET, socket.SO_MARK)
        again = sock()
        again.settimeout(None)  # a connect that waits and fails leaves the socket as it was
        print(mark(sock(), '%2$s1', 80), mark(sock(), '%2$s3', 80), mark(sock(), '%2$s2', 80),
              mark(sock(), '%3$s', 9001), mark(sock(socket.SOCK_DGRAM), '%2$s1', 80),
              mark(sock(mark=7), '%2$s1', 80), mark(sock(mark=0x1000), '%3$s', 9001),
              mark(again, '%2$s4', 80), mark(again, '%3$s', 9001),
              mark(sock(socket.SOCK_DGRAM, 0x1000), '%2$s1', 80), mark(sock(socket.SOCK_DGRAM, 0x1000), '%3$s', 9003))
        """
            .formatted(family, net, server);
    assertThat(scene.python(text))
        .as(
            "decided, proxied, denied, no service, UDP, marked by itself, marked as exempt by"
                + " itself, refused, and the same socket connected to somebody else; UDP marked by"
                + " itself, to a service and to none")
        .isEqualTo("4096 0 0 0 0 7 0 4096 0 4096 4096");
  }

  /** The socket that the program has shows no mark; the first path's packets have it. */
  @ParameterizedTest
  @CsvSource({"10.96.0.1, iptables", "fd96::1, ip6tables"})
  void marksTheFirstPathOfMultipathConnectionsAndCountsThem(String service, String iptables)
      throws IOException {
    Command.of(
            iptables, "-t", "mangle", "-A", "OUTPUT", "-p", "tcp", "--syn", "-m", "mark", "!",
            "--mark", "0x1000", "-j", "DROP")
        .inNetworkNamespace(scene.clientNamespace())
        .runOrThrow();
    String text =
        """
        s = socket.socket(made('%1$s', socket.SOCK_STREAM).family, socket.SOCK_STREAM, 262)
        s.settimeout(5)
        s.connect(('%1$s', 80))
        print(ask(s))
        s.close()
        """
            .formatted(service);
    assertThat(scene.python(text)).as("only marked packets get through").isEqualTo("one");
    await().untilAsserted(() -> assertThat(listed(service, "TCP").traffic().closed()).isEqualTo(1));
  }

  @Test
  void marksNothingIfThereIsNoMark() throws IOException {
    apply(SETS, Optional.empty());
    String text =
        """
        s = made('10.96.0.1', socket.SOCK_STREAM)
        s.connect(('10.96.0.1', 80))
        print(s.getsockopt(socket.SOL_SOCKET, socket.SO_MARK))
        """;
    assertThat(scene.python(text)).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource({"10.96.0., 10.96.0.", "fd96::, fd96::", "::ffff:10.96.0., 10.96.0."})
  void countsWhatClientsCount(String dialled, String net) throws IOException {
    String text =
        """
        sent = received = 0
        for i in range(20):
            with made('%1$s1', socket.SOCK_STREAM) as s:
                s.connect(('%1$s1', 80))
                data = b'x' * (i * 700) + b'!'
                s.sendall(data)
                sent += len(data)
                s.shutdown(socket.SHUT_WR)
                while more := s.recv(1 << 20):
                    received += len(more)
        print(sent, received, who('%1$s4', 80))
        """
            .formatted(dialled);
    String[] counted = scene.python(text).split(" ", -1);
    assertThat(counted[2]).isEqualTo("ECONNREFUSED");
    await()
        .untilAsserted(() -> assertThat(listed(net + 1, "TCP").traffic().closed()).isEqualTo(20));
    ServiceTraffic traffic = listed(net + 1, "TCP").traffic();
    assertThat(List.of(traffic.opened(), traffic.failed(), traffic.denied()))
        .containsExactly(20L, 0L, 0L);
    assertThat(List.of(traffic.sent(), traffic.received()))
        .as("bytes sent and received")
        .containsExactly(Long.parseLong(counted[0]), Long.parseLong(counted[1]));
    assertThat(traffic.roundTripsMicros()).isPositive();
    assertThat(traffic.lastedMicros()).isPositive();
    assertThat(listed(net + 4, "TCP").traffic())
        .isEqualTo(new ServiceTraffic(0, 0, 1, 0, 0, 0, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.96.0.5", "fd96::5"})
  void countsTheBytesOfServersThatHangUpFirst(String service) throws IOException {
    apply(
        List.of(set(service, TransportProtocol.TCP, 9002, SOCKET)),
        Optional.of(ExemptMark.DEFAULT));
    String text =
        """
        for i in range(10):
            with made('%1$s', socket.SOCK_STREAM) as s:
                s.connect(('%1$s', 80))
                while s.recv(100):
                    pass
        """
            .formatted(service);
    scene.python(text);
    await()
        .untilAsserted(() -> assertThat(listed(service, "TCP").traffic().closed()).isEqualTo(10));
    ServiceTraffic traffic = listed(service, "TCP").traffic();
    assertThat(List.of(traffic.opened(), traffic.sent(), traffic.received()))
        .containsExactly(10L, 0L, 10L * "greeter".length());
  }

  private void apply(List<BackendSet> sets, Optional<ExemptMark> mark) throws IOException {
    HostNamespace host = HostNamespace.of(scene.clientNamespace().toString());
    LoadBalancer.apply(
        scene.bpfFileSystem(),
        scene.cgroup(),
        new LoadBalancer.Change(sets, Scope.ALL, host.cookie(), host.addresses(), mark));
  }

  private ListedSet listed(String address, String protocol) throws IOException {
    try (InstalledLoadBalancer installed =
        InstalledLoadBalancer.only(Optional.of(scene.bpfFileSystem()))) {
      return installed.list().stream()
          .filter(set -> set.name().equals("test/" + address + ":80/" + protocol))
          .findFirst()
          .orElseThrow();
    }
  }

  private static BackendSet set(
      String address, TransportProtocol protocol, int backend, DataPath path) {
    BackendSet plain = Sets.of(protocol, address, 80, backend);
    return new BackendSet(
        plain.name(), plain.frontend(), 0, plain.chosen(), plain.lingering(), path);
  }
}
