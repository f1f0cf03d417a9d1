// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that applications make, by what their sockets and the proxies tell. */
final class WatchTraceIT {
  private static final int SERVICE_PORT = 80;
  private static final int ROOT = 0;
  private static final int PROXY_USER = 1337;

  private static final List<AttachType> HOOKS =
      List.of(
          AttachType.CGROUP_INET4_CONNECT,
          AttachType.CGROUP_INET6_CONNECT,
          AttachType.CGROUP_SOCK_OPS,
          AttachType.CGROUP_INET_SOCK_RELEASE);

  @Test
  void followsWhatProgramsCapture() throws Exception {
    try (TracedPod pod = TracedPod.build(Party.CLIENT);
        PatientServer v4 = new PatientServer(pod.mesh(), Family.IPV4);
        PatientServer v6 = new PatientServer(pod.mesh(), Family.IPV6)) {
      pod.capture();
      Path socket = pod.mesh().folder().resolve("access_log.sock");
      try (ProxyUnderTest proxy = pod.startCapturing("--admin-socket", admin(socket));
          WatchProcess watch =
              WatchProcess.start(
                  pod.cgroup(),
                  "--log-socket",
                  socket.toString(),
                  "--netns",
                  pod.mesh().namespace(Party.CLIENT).toString(),
                  "--count",
                  "2")) {
        Map<Family, List<String>> clients = new EnumMap<>(Family.class);
        Map<Family, PatientServer> servers = Map.of(Family.IPV4, v4, Family.IPV6, v6);
        for (Family family : Family.values()) {
          clients.put(
              family, pod.dial(ROOT, text(Party.SERVER, family), at(servers, family).port()));
        }

        List<TracedPath> paths = watch.end();

        assertThat(paths).hasSize(2);
        for (Family family : Family.values()) {
          TracedPath path = from(paths, at(clients, family).getFirst());
          String server = at(servers, family).address();
          String listener = Family.endpoint(family.loopback(), 15_001);
          assertDialled(path, pod, at(clients, family), server);
          assertThat(path.only("program"))
              .containsEntry("hook", connect(family))
              .containsEntry("before_destination", server)
              .containsEntry("after_destination", listener)
              .containsEntry("evidence", "event");
          assertThat(path.only("program").get("program")).contains("sluice_cap_conn");
          assertThat(path.all("socket").getFirst()).containsEntry("peer", listener);
          assertLed(path, proxy, at(servers, family), server, "socket");
        }
        proxy.stop();
      }
    }
  }

  /** In a pod with rules of REDIRECT, whom they exempt and whom they don't. */
  @Test
  void followsWhatIsBalancedAndWhatIsRedirected() throws Exception {
    try (TracedPod pod = TracedPod.build(Party.CLIENT);
        PatientServer v4 = new PatientServer(pod.mesh(), Family.IPV4);
        PatientServer v6 = new PatientServer(pod.mesh(), Family.IPV6)) {
      Map<Family, PatientServer> servers = Map.of(Family.IPV4, v4, Family.IPV6, v6);
      for (Family family : Family.values()) {
        pod.balance(family, service(family), SERVICE_PORT, backend(family, at(servers, family)));
      }
      pod.giveServiceIpBack();
      pod.mesh().rules(Party.CLIENT, InterceptionMode.REDIRECT);
      Path services = services(pod.mesh().folder());
      Path socket = pod.mesh().folder().resolve("access_log.sock");
      Map<AttachType, List<Integer>> before = attached(pod.cgroup());
      try (ProxyUnderTest proxy = pod.startRedirecting("--admin-socket", admin(socket));
          WatchProcess watch =
              WatchProcess.start(
                  pod.cgroup(),
                  "--log-socket",
                  socket.toString(),
                  "--file",
                  services.toString(),
                  "--to",
                  "reviews:" + SERVICE_PORT)) {
        for (AttachType hook : HOOKS) {
          assertThat(attached(pod.cgroup()).get(hook)).hasSizeGreaterThan(at(before, hook).size());
        }
        pod.dial(ROOT, text(Party.SERVER, Family.IPV4), v4.port()); // Not what is watched.
        v4.peer();
        Map<Family, List<String>> balanced = new EnumMap<>(Family.class);
        Map<Family, List<String>> redirected = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
          balanced.put(family, pod.dial(PROXY_USER, service(family), SERVICE_PORT));
          assertThat(at(servers, family).peer()).isEqualTo(at(balanced, family).getFirst());
          redirected.put(family, pod.dial(ROOT, service(family), SERVICE_PORT));
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> watch.paths().size() >= 4);
        List<TracedPath> paths = watch.paths();

        assertThat(paths).hasSize(4);
        for (Family family : Family.values()) {
          String service = Family.endpoint(family.balancedServiceIp(), SERVICE_PORT);
          String server = at(servers, family).address();
          TracedPath direct = from(paths, at(balanced, family).getFirst());
          assertDialled(direct, pod, at(balanced, family), service);
          assertBalanced(direct, family, service, server);
          assertThat(direct.all("decision")).isEmpty();
          assertThat(direct.all("connect")).hasSize(1);

          TracedPath led = from(paths, at(redirected, family).getFirst());
          assertDialled(led, pod, at(redirected, family), service);
          assertBalanced(led, family, service, server);
          assertLed(led, proxy, at(servers, family), service, "redirect");
        }
        watch.signal("KILL");
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() -> assertThat(attached(pod.cgroup())).isEqualTo(before));
        proxy.stop();
      }
    }
  }

  private static void assertBalanced(
      TracedPath path, Family family, String service, String backend) {
    assertThat(path.all("program"))
        .isNotEmpty()
        .allSatisfy(
            hop -> {
              assertThat(hop)
                  .containsEntry("hook", connect(family))
                  .containsEntry("before_destination", service)
                  .containsEntry("after_destination", backend);
              assertThat(hop.get("program")).contains("sluice_lb_conne");
            });
    assertThat(path.all("socket").getFirst()).containsEntry("peer", backend);
  }

  /** The client's own list: its address and its process. */
  private static void assertDialled(
      TracedPath path, TracedPod pod, List<String> client, String destination) {
    assertThat(path.hops().getFirst())
        .containsEntry("hop", "connect")
        .containsEntry("netns", pod.mesh().namespace(Party.CLIENT).toFile().getName())
        .containsEntry("protocol", "TCP")
        .containsEntry("destination", destination)
        .containsEntry("pid", client.getLast())
        .containsEntry("command", "python3")
        .containsEntry("evidence", "event");
    assertThat(path.all("socket").getFirst()).containsEntry("local", client.getFirst());
    assertThat(path.all("connected"))
        .allSatisfy(hop -> assertThat(hop).containsEntry("connected", "true"));
    assertThat(path.only("end")).containsEntry("bytes_sent", "100");
    assertThat(path.all("unknown"))
        .allSatisfy(hop -> assertThat(hop).containsEntry("evidence", "not-observed"))
        .anySatisfy(hop -> assertThat(hop.get("subject")).startsWith("netfilter"))
        .anySatisfy(hop -> assertThat(hop.get("subject")).isEqualTo("what the server saw"));
    assertThat(path.hops())
        .extracting(hop -> hop.get("hop"))
        .doesNotContain("rule", "nat", "packet");
  }

  /** By the proxy, whose own connection the kernel tells of, too. */
  private static void assertLed(
      TracedPath path, ProxyUnderTest proxy, PatientServer server, String dialled, String mode)
      throws Exception {
    String client = path.all("socket").getFirst().getOrDefault("local", "");
    assertThat(path.only("decision"))
        .containsEntry("direction", "outbound")
        .containsEntry("mode", mode)
        .containsEntry("client", client)
        .containsEntry("original_destination", dialled)
        .containsEntry("outcome", "closed")
        .containsEntry("pid", Long.toString(proxy.pid()))
        .containsEntry("evidence", "event");
    assertThat(path.only("decision").get("source")).startsWith("claimed by the proxy at ");
    assertThat(path.all("connect").getLast())
        .containsEntry("pid", Long.toString(proxy.pid()))
        .containsEntry("destination", dialled);
    assertThat(path.all("socket").getLast())
        .containsEntry("local", server.peer())
        .containsEntry("peer", server.address());
    assertThat(path.only("upstream"))
        .containsEntry("local", path.all("socket").getLast().getOrDefault("local", ""))
        .containsEntry("destination", dialled);
  }

  @Test
  void countsWhatItLosesWhileItIsStopped() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create("watch");
        WatchProcess watch = WatchProcess.start(cgroup.path(), "--buffer", "4Ki")) {
      watch.signal("STOP");
      Command.of(
              "unshare",
              "-n",
              "sh",
              "-c",
              "ip link set lo up; echo $$ > \"$0\"; exec python3 -c \"$1\"",
              cgroup.path().resolve("cgroup.procs").toString(),
              """
              import socket
              for i in range(200):
                  s = socket.socket(socket.AF_INET6 if i % 2 else socket.AF_INET)
                  s.connect_ex(("::1" if i % 2 else "127.0.0.1", 9))
                  s.close()
              """)
          .runOrThrow();
      watch.signal("CONT");
      watch.signal("TERM");

      List<TracedPath> paths = watch.end();

      List<Map<String, String>> lost =
          paths.stream().flatMap(path -> path.all("lost").stream()).toList();
      assertThat(lost).hasSize(1);
      assertThat(lost.getFirst()).containsEntry("evidence", "not-observed");
      List<TracedPath> whole = paths.stream().filter(path -> path.all("lost").isEmpty()).toList();
      assertThat(whole)
          .allSatisfy(
              path -> {
                assertThat(path.only("connected"))
                    .containsEntry("connected", "false")
                    .containsEntry("outcome", "nobody accepted it");
                assertThat(path.only("connect").get("netns")).startsWith("the network namespace");
              });
      assertThat(whole.size() + Integer.parseInt(lost.getFirst().getOrDefault("lost", "")))
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--watch --udp|2|--watch with --udp; expected one of the two",
        "--watch --uid 1|2|--watch with --uid; expected one of the two",
        "--watch --through a|2|--watch with --through; expected one of the two",
        "--watch --count 0|2|--count 0; expected 1 or more",
        "--watch --buffer 5000|2|--buffer 5000; expected a power of two from 4Ki to 256Mi",
        "--watch --to reviews|2|--to 'reviews'; expected NAME:PORT",
        "--watch --cgroup /no/such|1|opening cgroup /no/such: there is no such folder",
        "--watch --netns no-such|1|network namespace /run/netns/no-such: there is none",
        "--count 1 --to 10.7.1.1:80|2|--count without --watch; expected both",
        "--json|2|no --to; expected what is dialled, as ADDRESS:PORT, or --watch",
      })
  void saysInOneLineWhatItCannotDo(String expectation) throws Exception {
    String[] parts = expectation.split("\\|", -1);
    List<String> words = new ArrayList<>(List.of(Checkout.script("sluice"), "trace"));
    words.addAll(List.of(parts[0].split(" ", -1)));

    CommandResult result = Command.of(words.toArray(String[]::new)).run();

    assertThat(result.errors().lines()).hasSize(1);
    assertThat(result.errors()).startsWith("sluice trace: ").contains(parts[2]);
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(Integer.parseInt(parts[1]));
  }

  private static TracedPath from(List<TracedPath> paths, String client) {
    return paths.stream()
        .filter(path -> client.equals(path.all("socket").getFirst().get("local")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("none of " + client + ": " + paths));
  }

  private static Map<AttachType, List<Integer>> attached(Path folder) throws IOException {
    Map<AttachType, List<Integer>> attached = new EnumMap<>(AttachType.class);
    try (Cgroup cgroup = Cgroup.open(folder)) {
      for (AttachType hook : HOOKS) {
        attached.put(hook, cgroup.hook(hook).attached().ids());
      }
    }
    return attached;
  }

  private static Path services(Path folder) throws IOException {
    return Files.writeString(
        folder.resolve("services.yaml"),
        """
        apiVersion: v1
        kind: Service
        metadata: {name: reviews, namespace: shop}
        spec:
          clusterIPs: ["%s", "%s"]
          ports: [{port: %d}]
        """
            .formatted(service(Family.IPV4), service(Family.IPV6), SERVICE_PORT));
  }

  private static String admin(Path beside) {
    return beside.resolveSibling("admin.sock").toString();
  }

  private static String service(Family family) {
    return family.balancedServiceIp().getHostAddress();
  }

  private static String text(Party party, Family family) {
    return party.address(family).getHostAddress();
  }

  private static InetSocketAddress backend(Family family, PatientServer server) {
    return new InetSocketAddress(Party.SERVER.address(family), server.port());
  }

  private static String connect(Family family) {
    return family == Family.IPV4 ? "cgroup/connect4" : "cgroup/connect6";
  }

  private static <K, T> T at(Map<K, T> map, K key) {
    return java.util.Objects.requireNonNull(map.get(key));
  }
}
