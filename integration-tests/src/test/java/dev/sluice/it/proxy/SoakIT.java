// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * As many connections through one proxy as a pod has in a day, of every kind, and nothing is left
 * of them: no descriptor, buffer, pipe, slot or entry of a map, and no memory that grows with their
 * number. {@code -Dsluice.soak.connections=N} makes another number of them.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
final class SoakIT {
  private static final int CONNECTIONS = Integer.getInteger("sluice.soak.connections", 200_000);

  /** After them the proxy has what it needs, and what it is compared with. */
  private static final int WARM_UP = 10_000;

  private static final long MOST_GROWTH = 12L << 20;

  /** Twice the period in which malloc's free memory goes back to the system. */
  private static final Duration SETTLE = Duration.ofSeconds(4);

  private static final int DENIED_PORT = 8082;
  private static final int CLOSED_PORT = 9;
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
        rules: [{}]
      """;

  @Test
  void leavesNothingOfWhatWasRedirected() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy =
            ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT, policy(mesh))) {
      // What is closed is forgotten at once: else the table of this machine is full before the end.
      mesh.in(
          Party.CLIENT,
          "sysctl",
          "-qw",
          "net.netfilter.nf_conntrack_tcp_timeout_time_wait=1",
          "net.netfilter.nf_conntrack_tcp_timeout_close=1");
      soak(mesh, proxy, CONNECTIONS, CONNECTIONS / 20);
    }
  }

  @Test
  void leavesNothingOfWhatWasCaptured() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      CapturedParty captured = CapturedParty.capture(mesh, Party.CLIENT);
      try (captured;
          mesh;
          ProxyUnderTest proxy = captured.startProxy(policy(mesh))) {
        int entries = captured.connectionEntries();
        soak(mesh, proxy, CONNECTIONS / 4, 0);
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() -> assertThat(captured.connectionEntries()).isEqualTo(entries));
      }
    }
  }

  private static String policy(Mesh mesh) throws IOException {
    Path file = Files.writeString(mesh.folder().resolve("policy.yaml"), POLICY);
    return "--policy=" + file;
  }

  /**
   * {@code mostRounds} is how many may go through the proxy twice: conntrack redirects a connection
   * of the proxy when it remembers a client's from the same port.
   */
  private static void soak(Mesh mesh, ProxyUnderTest proxy, int count, int mostRounds)
      throws Exception {
    mesh.in(Party.CLIENT, "sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1");
    try (Soak soak = new Soak()) {
      List<Soak.Targets> targets = new ArrayList<>();
      for (Family family : Family.values()) {
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
        soak.serve(listener);
        targets.add(
            new Soak.Targets(
                Mesh.address(Party.SERVER, family, listener.socket().getLocalPort()),
                new InetSocketAddress(family.serviceIp(), DENIED_PORT),
                Mesh.address(Party.SERVER, family, CLOSED_PORT)));
      }
      Soak.dial(mesh, Party.CLIENT, targets, WARM_UP);
      long before = settledBytes(proxy);
      Soak.dial(mesh, Party.CLIENT, targets, count - WARM_UP);
      assertThat(settledBytes(proxy) - before).as("growth in bytes").isLessThan(MOST_GROWTH);
    }
    assertCounted(proxy.stop(), count, mostRounds);
  }

  /** What is resident once the compilers have ended and malloc has given back what they freed. */
  private static long settledBytes(ProxyUnderTest proxy) throws Exception {
    proxy.awaitIdle();
    Thread.sleep(SETTLE);
    return proxy.residentBytes();
  }

  private static void assertCounted(Map<String, String> counters, int count, int mostRounds) {
    long rounds = number(counters, "connections") - count;
    assertThat(rounds).as("rounds").isBetween(0L, (long) mostRounds);
    List<Conversation> all =
        IntStream.concat(IntStream.range(0, WARM_UP), IntStream.range(0, count - WARM_UP))
            .mapToObj(Conversation::of)
            .toList();
    all.stream()
        .collect(groupingBy(Conversation::outcome, counting()))
        .forEach((outcome, number) -> assertNear(counters, outcome, number, 2 * rounds));
    long most = rounds * Conversation.BULK.bytesThere();
    assertNear(
        counters, "bytes_received", all.stream().mapToLong(Conversation::bytesThere).sum(), most);
    assertNear(counters, "bytes_sent", all.stream().mapToLong(Conversation::bytesBack).sum(), most);
    assertThat(counters.keySet())
        .as("what was left or wrong")
        .noneMatch(name -> name.endsWith("_left") || name.endsWith("_lost"))
        .doesNotContain("loop");
  }

  private static void assertNear(
      Map<String, String> counters, String name, long expected, long most) {
    assertThat(number(counters, name)).as(name).isBetween(expected - most, expected + most);
  }

  private static long number(Map<String, String> counters, String name) {
    return Long.parseLong(counters.getOrDefault(name, "0"));
  }
}
