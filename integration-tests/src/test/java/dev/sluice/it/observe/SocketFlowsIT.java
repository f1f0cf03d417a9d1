// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.model.TransportProtocol;
import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPath;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.process.Command;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records of the kernel's sockets alone, and what is lost and left of them. */
class SocketFlowsIT {
  private static final List<AttachType> HOOKS =
      List.of(
          AttachType.CGROUP_INET4_CONNECT,
          AttachType.CGROUP_INET6_CONNECT,
          AttachType.CGROUP_SOCK_OPS,
          AttachType.CGROUP_INET_SOCK_RELEASE);

  private Dwelling dwelling;

  @BeforeEach
  void open() throws IOException {
    dwelling = Dwelling.open();
  }

  @AfterEach
  void close() throws IOException {
    // The kernel lets go of the members a moment after they have ended.
    await().ignoreExceptions().until(this::removed);
  }

  private boolean removed() throws IOException {
    dwelling.close();
    return true;
  }

  @Test
  void hasARecordForEachConnectionThatClientsMade() throws Exception {
    try (ObserveProcess observe = ObserveProcess.follow(dwelling.cgroup())) {
      List<String> made =
          dwelling.python(
              """
              for host in ("10.55.0.11", "fd55::11", "::ffff:10.55.0.11"):
                  port = serve(host)
                  for i in range(5):
                      dial(host, port)
                  dial(host, 9, host)
              """);

      List<Map<String, String>> records = observe.end();

      assertThat(records).hasSize(18).hasSize(made.size());
      List<String> expected =
          made.stream().map(line -> line.replace("::ffff:10.55.0.11", "10.55.0.11")).toList();
      assertThat(keys(records, "ECONNREFUSED", "FAILED"))
          .containsExactlyInAnyOrderElementsOf(tidy(expected));
      assertThat(records)
          .allSatisfy(
              flow -> {
                assertThat(flow).containsEntry("mode", "direct").containsEntry("protocol", "TCP");
                assertThat(flow.get("backend")).isEqualTo(flow.get("destination"));
                assertThat(Long.parseLong(flow.getOrDefault("duration_us", ""))).isPositive();
              });
      assertThat(records.stream().filter(flow -> "FORWARDED".equals(flow.get("verdict"))))
          .hasSize(15)
          .allSatisfy(
              flow -> {
                assertThat(flow).containsEntry("bytes_sent", "100");
                assertThat(flow).containsEntry("bytes_received", "55");
                assertThat(Long.parseLong(flow.getOrDefault("rtt_us", ""))).isPositive();
              });
    }
  }

  /** {@code SOURCE DESTINATION VERDICT}, the verdict as a client has it. */
  private static List<String> keys(
      List<Map<String, String>> records, String clients, String verdict) {
    return records.stream()
        .map(
            flow ->
                flow.getOrDefault("source", "-")
                    + " "
                    + flow.get("destination")
                    + " "
                    + (verdict.equals(flow.get("verdict")) ? clients : flow.get("verdict")))
        .toList();
  }

  /** A mapped address stands in brackets for Python; a source that was never bound is unknown. */
  private static List<String> tidy(List<String> lines) {
    return lines.stream().map(line -> line.replaceAll("\\[(\\d+\\.[\\d.]+)]", "$1")).toList();
  }

  @Test
  void tellsServiceAndBackendAndWhoIsRefused() throws Exception {
    try (TestBpfFileSystem bpf = TestBpfFileSystem.mount()) {
      List<String> made;
      List<Map<String, String>> records;
      List<BackendSet> sets = new ArrayList<>();
      for (String host : Dwelling.HOSTS) {
        String net = host.contains(":") ? "fd96::" : "10.96.0.";
        DataPath denied =
            new DataPath.Socket(
                PathReason.DENIED, "test", new PolicyDecision.Denied("a/b", "test"));
        sets.add(set("served", net + 1, List.of(at(host, 9001)), DataPath.Socket.WITHOUT_POLICY));
        sets.add(set("denied", net + 2, List.of(at(host, 9001)), denied));
        sets.add(set("empty", net + 3, List.of(), DataPath.Socket.WITHOUT_POLICY));
      }
      HostNamespace host = HostNamespace.of(dwelling.namespace().toString());
      LoadBalancer.apply(
          bpf.path(),
          dwelling.cgroup(),
          new LoadBalancer.Change(sets, Scope.ALL, host.cookie(), host.addresses()));
      try (ObserveProcess observe =
          ObserveProcess.follow(
              dwelling.cgroup(), "--bpf-fs", bpf.path().toString(), "--not", "--to-port", "53")) {
        made =
            dwelling.python(
                """
                real = socket.socket.bind
                socket.socket.bind = lambda s, to: real(s, (to[0], 9001) if to[1] == 0 else to)
                for host, net in (("10.55.0.11", "10.96.0."), ("fd55::11", "fd96::")):
                    serve(host)
                    for service in (1, 2, 3):
                        dial(net + str(service), 80)
                    with socket.socket(family(host), socket.SOCK_DGRAM) as u:
                        u.connect((host, 53))
                """);
        records = observe.end();
      } finally {
        await().ignoreExceptions().until(() -> released(bpf));
      }
      assertThat(made).hasSize(6);
      assertThat(
              records.stream()
                  .map(
                      flow ->
                          flow.getOrDefault("source", "-")
                              + " "
                              + flow.get("destination")
                              + " "
                              + came(flow)))
          .containsExactlyInAnyOrderElementsOf(made);
      assertThat(records)
          .allSatisfy(
              flow -> {
                assertThat(flow).containsEntry("mode", "socket");
                String kind = flow.getOrDefault("service", "").replaceAll("-.*", "");
                boolean served = kind.equals("test/served");
                assertThat(flow.get("verdict"))
                    .isEqualTo(
                        served ? "FORWARDED" : kind.equals("test/denied") ? "DENIED" : "FAILED");
                assertThat(flow.containsKey("backend")).isEqualTo(served);
                if (served) {
                  assertThat(flow.get("backend")).endsWith(":9001").contains("55");
                }
              });
    }
  }

  /** What has no route is not connected; each socket dials twice. */
  @Test
  void tellsWhichUdpSocketsFoundNoWay() throws Exception {
    try (ObserveProcess observe = ObserveProcess.follow(dwelling.cgroup())) {
      dwelling.python(
          """
          for host, none in (("10.55.0.11", "192.0.2.9"), ("fd55::11", "2001:db8::9")):
              with socket.socket(family(host), socket.SOCK_DGRAM) as u:
                  u.connect((host, 1))
                  u.connect((host, 2))
              with socket.socket(family(host), socket.SOCK_DGRAM) as u:
                  try:
                      u.connect((none, 3))
                  except OSError:
                      u.connect((host, 4))
          """);

      List<Map<String, String>> records = observe.end();

      assertThat(records)
          .hasSize(8)
          .allSatisfy(
              flow -> {
                assertThat(flow).containsEntry("protocol", "UDP").doesNotContainKey("source");
                assertThat(flow.containsKey("reason"))
                    .isEqualTo(flow.getOrDefault("destination", "").endsWith(":3"));
              });
    }
  }

  @Test
  void countsWhatCameUntilAClientClosedFirst() throws Exception {
    try (ObserveProcess observe = ObserveProcess.follow(dwelling.cgroup())) {
      dwelling.python(
          """
          real = socket.socket.close
          for wait in (0, 0.2):
              def late(s):
                  if threading.current_thread() is not threading.main_thread():
                      time.sleep(wait)
                  real(s)
              socket.socket.close = late
              for host in ("10.55.0.11", "fd55::11"):
                  dial(host, serve(host))
                  time.sleep(0.3)
          """);

      List<Map<String, String>> records = observe.end();

      assertThat(records)
          .hasSize(4)
          .allSatisfy(
              flow -> {
                assertThat(flow).containsEntry("bytes_sent", "100");
                assertThat(flow).containsEntry("bytes_received", "55");
              });
    }
  }

  @Test
  void tellsOfSocketsThatDialThemselves() throws Exception {
    try (ObserveProcess observe = ObserveProcess.follow(dwelling.cgroup())) {
      dwelling.python(
          """
          for host in ("10.55.0.11", "fd55::11"):
              with socket.socket(family(host)) as s:
                  s.bind((host, 9002))
                  s.connect((host, 9002))
          """);

      assertThat(observe.end())
          .hasSize(2)
          .allSatisfy(flow -> assertThat(flow).containsEntry("verdict", "FORWARDED"));
    }
  }

  private static String came(Map<String, String> flow) {
    String reason = flow.getOrDefault("reason", "");
    return reason.isEmpty()
        ? String.valueOf(flow.get("verdict"))
        : reason.replaceAll(".*: (\\w+) \\(\\d+\\)$", "$1");
  }

  private boolean released(TestBpfFileSystem bpf) throws IOException {
    Command.of(Checkout.script("sluice"), "uninstall", "--bpf-fs", bpf.path().toString())
        .runOrThrow();
    return true;
  }

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }

  private static BackendSet set(
      String name, String address, List<InetSocketAddress> backends, DataPath path) {
    boolean v6 = address.contains(":");
    return new BackendSet(
        "test/" + name + ":80/TCP/" + (v6 ? "IPv6" : "IPv4"),
        new BackendSet.Frontend(
            v6, TransportProtocol.TCP, List.of(InetAddress.ofLiteral(address)), 80, 0),
        0,
        backends,
        List.of(),
        path);
  }

  @Test
  void losesNothingAtAThousandConnectionsASecond() throws Exception {
    try (ObserveProcess observe = ObserveProcess.follow(dwelling.cgroup())) {
      List<String> made = dwelling.python(RATE);

      List<Map<String, String>> records = observe.end();

      // The last line: 3,000 connections in 3 seconds, more on a busy machine.
      assertThat(Double.parseDouble(made.getLast())).isBetween(2.9, 12.0);
      assertThat(records).noneMatch(flow -> flow.containsKey("lost"));
      assertThat(keys(records, "", ""))
          .containsExactlyInAnyOrderElementsOf(made.subList(0, made.size() - 1))
          .hasSize(3_000);
    }
  }

  private static final String RATE =
      """
      hosts = [(h, serve(h)) for h in ("10.55.0.11", "fd55::11")]
      begin = time.monotonic()
      for i in range(3000):
          wait = begin + i / 1000 - time.monotonic()
          if wait > 0:
              time.sleep(wait)
          dial(*hosts[i % 2])
      print(time.monotonic() - begin)
      """;

  @Test
  void countsWhatItLosesWhileItIsStopped() throws Exception {
    try (ObserveProcess observe = ObserveProcess.follow(dwelling.cgroup(), "--buffer", "4Ki")) {
      observe.signal("STOP");
      int made =
          dwelling
              .python(
                  """
                  hosts = [(h, serve(h)) for h in ("10.55.0.11", "fd55::11")]
                  for i in range(500):
                      dial(*hosts[i % 2])
                  """)
              .size();
      observe.signal("CONT");

      List<Map<String, String>> records = observe.end();

      long lost =
          records.stream().mapToLong(flow -> Long.parseLong(flow.getOrDefault("lost", "0"))).sum();
      long received = records.stream().filter(flow -> flow.containsKey("verdict")).count();
      assertThat(made).isEqualTo(500);
      assertThat(lost).isBetween(400L, 490L);
      assertThat(received + lost).isEqualTo(made);
    }
  }

  @Test
  void leavesNothingAttachedWhenItIsKilled() throws Exception {
    try (ObserveProcess observe = ObserveProcess.follow(dwelling.cgroup())) {
      for (AttachType hook : HOOKS) {
        assertThat(attached(hook)).as(hook.section()).isNotEmpty();
      }
      observe.signal("KILL");

      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () -> {
                for (AttachType hook : HOOKS) {
                  assertThat(attached(hook)).as(hook.section()).isEmpty();
                }
              });
    }
  }

  private List<Integer> attached(AttachType hook) throws IOException {
    try (Cgroup cgroup = Cgroup.open(dwelling.cgroup())) {
      return cgroup.hook(hook).attached().ids();
    }
  }
}
