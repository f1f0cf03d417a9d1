// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.ServiceTraffic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many connections of every kind to services, load balanced on sockets, through a proxy that is
 * given the service IP back; some stay open through all of it. {@code
 * -Dsluice.soak.connections=20*N} makes N.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
final class BalancedSoakIT {
  private static final int CONNECTIONS =
      Integer.getInteger("sluice.soak.connections", 200_000) / 20;

  /** Parts of the soak; the long-lived connections speak between them. */
  private static final int PARTS = 4;

  private static final int LONG_LIVED = 10;

  private static final int MESSAGE = 1_000;
  private static final int SERVED = 80;
  private static final int LASTING = 81;
  private static final int CLOSED = 82;

  /** Nobody listens there, nor at the next one. */
  private static final int NOBODY = 9;

  /** Denied by the policy on the service: by its backend's address it would be refused. */
  private static final int DENIED = 8082;

  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: ledger, namespace: bank}
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports: [{port: 8082}]
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: nobody, namespace: bank}
      spec:
        targetRefs: [{kind: Service, group: "", name: ledger}]
        action: DENY
        rules: [{to: [{operation: {ports: ["8082"]}}]}]
      """;

  private final List<BackendSet> sets = new ArrayList<>();
  private final List<Soak.Targets> targets = new ArrayList<>();
  private final Map<Family, ServerSocketChannel> lasting = new EnumMap<>(Family.class);

  @Test
  void leavesNothingInTheMapsAndBreaksNoLongLivedConnection() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      List<ServerSocketChannel> served = new ArrayList<>();
      for (Family family : Family.values()) {
        served.add(mesh.listen(Party.SERVER, family));
        ServerSocketChannel longLived = mesh.listen(Party.SERVER, family);
        lasting.put(family, longLived);
        add(family, port(served.getLast()), port(longLived));
      }
      // What is closed is forgotten soon: until then its port is of no use to a client.
      mesh.in(
          Party.CLIENT,
          "sysctl",
          "-qw",
          "net.ipv4.tcp_tw_reuse=1",
          "net.netfilter.nf_conntrack_tcp_timeout_time_wait=1",
          "net.netfilter.nf_conntrack_tcp_timeout_close=1");
      BalancedParty balanced = BalancedParty.balance(mesh, Party.CLIENT, sets);
      Path policy = Files.writeString(mesh.folder().resolve("policy.yaml"), POLICY);
      try (balanced;
          mesh;
          ProxyUnderTest proxy = balanced.startProxy("--policy=" + policy);
          Soak soak = new Soak()) {
        for (ServerSocketChannel each : served) {
          soak.serve(each);
        }
        soak(mesh, proxy, balanced);
      }
    }
  }

  private void soak(Mesh mesh, ProxyUnderTest proxy, BalancedParty balanced) throws Exception {
    List<Pair> open = connectLastingOnes(mesh);
    for (int part = 0; part < PARTS; part++) {
      Soak.dial(mesh, Party.CLIENT, targets, CONNECTIONS / PARTS);
      for (Pair pair : open) {
        pair.exchange(MESSAGE, MESSAGE);
      }
    }
    proxy.awaitOpened(() -> 2 * open.size());
    for (Family family : Family.values()) {
      assertThat(living(balanced, name(family, LASTING))).isEqualTo(2 * LONG_LIVED);
    }
    for (Pair pair : open) {
      pair.exchange(MESSAGE, MESSAGE);
      pair.hangUp();
    }
    proxy.awaitIdle();
    assertNothingLeft(balanced);
    assertCounted(balanced, proxy.stop());
    for (ServerSocketChannel listener : lasting.values()) {
      listener.close();
    }
  }

  private static int port(ServerSocketChannel listener) {
    return listener.socket().getLocalPort();
  }

  private void add(Family family, int served, int lastingPort) {
    InetSocketAddress service = new InetSocketAddress(family.serviceIp(), 0);
    sets.add(set(family, SERVED, served));
    sets.add(set(family, LASTING, lastingPort));
    sets.add(set(family, CLOSED, NOBODY));
    sets.add(set(family, DENIED, NOBODY + 1));
    InetAddress ip = service.getAddress();
    targets.add(
        new Soak.Targets(
            new InetSocketAddress(ip, SERVED),
            new InetSocketAddress(ip, DENIED),
            new InetSocketAddress(ip, CLOSED)));
  }

  private static BackendSet set(Family family, int port, int backendPort) {
    return new BackendSet(
        name(family, port),
        new BackendSet.Frontend(
            family == Family.IPV6, TransportProtocol.TCP, List.of(family.serviceIp()), port, 0),
        0,
        List.of(Mesh.address(Party.SERVER, family, backendPort)),
        List.of());
  }

  private static String name(Family family, int port) {
    return "bank/" + port + "/" + family;
  }

  private List<Pair> connectLastingOnes(Mesh mesh) throws Exception {
    List<Pair> open = new ArrayList<>();
    for (Family family : Family.values()) {
      InetSocketAddress service = new InetSocketAddress(family.serviceIp(), LASTING);
      for (int i = 0; i < LONG_LIVED; i++) {
        Pair pair =
            Pair.of(
                mesh.connect(Party.CLIENT, service), Objects.requireNonNull(lasting.get(family)));
        pair.exchange(MESSAGE, MESSAGE);
        open.add(pair);
      }
    }
    return open;
  }

  /** Of the client and of the proxy, which dials the service too. */
  private static long living(BalancedParty balanced, String name) throws IOException {
    ServiceTraffic traffic = traffic(balanced, name);
    return traffic.opened() - traffic.closed();
  }

  private static ServiceTraffic traffic(BalancedParty balanced, String name) throws IOException {
    return balanced.services().stream()
        .filter(service -> service.name().equals(name))
        .findFirst()
        .orElseThrow()
        .traffic();
  }

  /** Each service has a name, a reason, its traffic, its backend's count; and one for all. */
  private void assertNothingLeft(BalancedParty balanced) throws IOException {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(balanced.waiting()).as("connections that wait").isZero();
              for (BackendSet set : sets) {
                assertThat(living(balanced, set.name())).as(set.name()).isZero();
              }
            });
    assertThat(balanced.remembered()).isEqualTo(4 * sets.size() + 1);
  }

  private void assertCounted(BalancedParty balanced, Map<String, String> counters)
      throws IOException {
    long connections = number(counters, "connections");
    long all = CONNECTIONS + 2L * LONG_LIVED;
    // Conntrack redirects a connection of the proxy if it remembers a client's from the same port.
    long rounds = connections - all;
    assertThat(rounds).as("rounds").isBetween(0L, all / 20);
    long[] joined = balanced.joinedAndLost();
    assertThat(joined[0]).as("joined with their clients").isBetween(all, connections);
    assertThat(joined[1]).as("lost").isZero();
    for (Conversation conversation :
        new Conversation[] {Conversation.DENIED, Conversation.REFUSED}) {
      long expected =
          PARTS
              * IntStream.range(0, CONNECTIONS / PARTS)
                  .filter(i -> Conversation.of(i) == conversation)
                  .count();
      assertThat(number(counters, conversation.outcome()))
          .as(conversation.outcome())
          .isBetween(expected, expected + rounds);
    }
    long refused = 0;
    for (Family family : Family.values()) {
      refused += traffic(balanced, name(family, CLOSED)).failed();
    }
    assertThat(refused).isEqualTo(number(counters, Conversation.REFUSED.outcome()));
    assertThat(counters.keySet())
        .as("what was left or wrong")
        .noneMatch(name -> name.endsWith("_left") || name.endsWith("_lost"))
        .doesNotContain("loop");
  }

  private static long number(Map<String, String> counters, String name) {
    return Long.parseLong(counters.getOrDefault(name, "0"));
  }
}
